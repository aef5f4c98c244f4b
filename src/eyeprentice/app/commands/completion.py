from eyeprentice.app.completion import Shell, write_completion


def completion(shell: Shell) -> None:
    """Print a script that lets your shell complete commands, options and values when you press the tab key.

    The script contains all the words, so it does not slow the shell. For every new shell, add a line to its start-up
    file: to ~/.bashrc, to ~/.zshrc after compinit, or, for fish, write the script to
    ~/.config/fish/completions/eyeprentice.fish. Write it again after an update.

    Example: eyeprentice completion bash > ~/.eyeprentice-completion; echo '. ~/.eyeprentice-completion' >> ~/.bashrc

    Args:
        shell: the shell that is to complete
    """
    print(write_completion(shell), end="")
