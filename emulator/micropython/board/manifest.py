# The port's own modules, and asyncio; Debian's source package has no micropython-lib.
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
