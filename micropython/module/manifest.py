# What is frozen into picoctl's MicroPython images: the port's own modules, asyncio, and of picoctl's
# library what the link in C++ leaves to Python. Debian's source package has no micropython-lib, so
# that nothing of it is here; with one of your own: include("$(BOARD_DIR)/../manifest.py") or the like.
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
include("frozen.py")
