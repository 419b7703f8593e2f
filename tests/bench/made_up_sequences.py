"""Writes a made-up sequence file: users who meet items of a few hundred interests, popular ones more often.

    python tests/bench/made_up_sequences.py OUT [--users 50000] [--items 20000] [--length 20] [--seed 1]

For timing at a size that no small public data set has. One user per line: user id, then item numbers.
"""

import argparse
import random


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--users", type=int, default=50000)
    parser.add_argument("--items", type=int, default=20000)
    parser.add_argument("--length", type=int, default=20, help="mean number of items of a user")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    interests = max(1, options.items // 100)
    with open(options.out, "w") as file:
        for user in range(1, options.users + 1):
            own = [draw.randrange(interests) for _ in range(3)]
            items = {}
            for _ in range(draw.randint(5, 2 * options.length - 5)):
                place = int((options.items // interests) * draw.random() ** 2)
                interest = draw.choice(own) if draw.random() < 0.8 else draw.randrange(interests)
                items[1 + interest + interests * place] = None
            if len(items) < 3:
                items.update(dict.fromkeys(draw.sample(range(1, options.items + 1), 3)))
            file.write(f"{user} {' '.join(map(str, items))}\n")


if __name__ == "__main__":
    main()
