// The floor of everything: COUNT I2C_RDWR ioctls on /dev/i2c-1, a write of ten bytes and a read of six as
// an acknowledged 4-byte command makes them, and nothing else. The bytes are a write that is refused.
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1000;
  const int bus = open("/dev/i2c-1", O_RDWR | O_CLOEXEC);
  if (bus < 0) {
    std::perror("/dev/i2c-1");
    return 3;
  }
  std::uint8_t request[10] = {0x80};
  std::uint8_t head[6] = {};
  i2c_msg messages[] = {{.addr = 0x41, .flags = 0, .len = sizeof request, .buf = request},
                        {.addr = 0x41, .flags = I2C_M_RD, .len = sizeof head, .buf = head}};
  for (int i = 0; i < count; ++i) {
    i2c_rdwr_ioctl_data both{messages, 2};
    if (ioctl(bus, I2C_RDWR, &both) < 0) {
      std::perror("I2C_RDWR");
      return 1;
    }
  }
  close(bus);
  return 0;
}
