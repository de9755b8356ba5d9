"""Plain registers: what i2cset and i2cget do. They are outside picoctl's checks."""
import picoctl

pico = picoctl.connect()
pico.registers["light1"] = 1
print("light1 is", pico.registers[1])
# It prints: light1 is 1
# The journal then says: light1 value=1
