"""Runs one test function of a file beside this one: run.py MODULE FUNCTION."""
import sys

getattr(__import__(sys.argv[1]), sys.argv[2])()
print("passed")
