"""The commands, thin: they open what the command line names, call the parts that do the work, and print."""
