from eyeprentice.app.cli import console

console()
