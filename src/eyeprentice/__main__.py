from eyeprentice.cli import console

console()
