#pragma once
// Purpose: what ALS does with a whole side (all users or all items): turn it into the basis in which
// its F'F is diagonal, and solve all rows of one side against the other.
// A turn of both sides changes no score and no term of the loss. Complexity: turn n D^2 (twice) +
// D^3; solving: row_solver.h. Memory: D^2 doubles a task of kTurnRows rows.
// Determinism: fixed tiles of rows; the same bytes for any number of threads.

#include <functional>

#include "baselines/als/row_solver.h"
#include "framework/base/cancel.h"
#include "framework/base/lists.h"

namespace motive::als {

/// F'F [dim × dim], row-major.
std::vector<double> gram(const AlignedRows& side, int threads);

struct Basis {
  std::vector<double> spectrum;  // [dim] of F'F, ascending
  AlignedRows turn;              // [dim × dim]: f := f turn
};
/// Turns the side and returns how.
Basis turn_to_eigenbasis(AlignedRows& side, int threads);
void turn_row(const AlignedRows& turn, float* row, float* scratch);

struct Settings {
  double alpha = 0, reg = 0, nu = 0;
  int steps = 0;        // of CG; 0: exact
  double others = 0;    // rows of the other side that have events
};
/// reg (n + alpha others)^nu
double regulariser(const Settings& settings, std::size_t n);

/// events: which rows of the other side each row has events with, ascending, a repeat once.
/// Solves all rows of `side` against `other`, which stands in `basis`. False where it was interrupted.
bool solve_side(const Lists& events, const AlignedRows& other, const Basis& basis, const Settings& settings,
                int threads, const CancelFlag* cancel, AlignedRows& side);

}  // namespace motive::als
