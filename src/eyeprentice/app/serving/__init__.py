"""The live page and the server behind it: Starlette and uvicorn, on this machine alone unless it is told otherwise."""
