"""The stack from the shell: `python -m scenarios.stack up|down|status|logs|reset|fetch|lock-kafka`."""

from scenarios.stack.console import app

if __name__ == "__main__":
    app()
