// Prints one JSON line with the time of a full ranking by random factors: for measuring the
// evaluator beside other programs on the same sequence file.
//   evaluation_line FILE [DIM] [THREADS] [SEED]

#include <cstdlib>
#include <iostream>

#include "framework/evaluate/timing.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: evaluation_line FILE [DIM=64] [THREADS=2] [SEED=1]\n";
    return 2;
  }
  const auto number = [&](int i, int standard) { return argc > i ? std::atoi(argv[i]) : standard; };
  const auto line = motive::time_evaluation(argv[1], static_cast<std::size_t>(number(2, 64)),
                                            number(3, 2), static_cast<std::uint64_t>(number(4, 1)));
  if (!line) {
    std::cerr << line.error().message << "\n";
    return 2;
  }
  std::cout << line->dump() << std::endl;
  return 0;
}
