"""`python -m read_side.replay`: the log judged, and told to people."""

from read_side.replay.console import app

if __name__ == "__main__":
    app()
