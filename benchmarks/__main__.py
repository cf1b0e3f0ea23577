"""`python -m benchmarks`: the overhead benchmark."""

from benchmarks.overhead import main

if __name__ == "__main__":
    main()
