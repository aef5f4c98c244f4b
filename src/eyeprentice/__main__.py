from eyeprentice.cli import main

main()
