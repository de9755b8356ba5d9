// The same in C++, with nothing but Linux's own I2C: lamp on|off
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
  const int bus = open("/dev/i2c-1", O_RDWR);
  if (argc != 2 || bus < 0) return 2;
  std::uint8_t set[] = {25, static_cast<std::uint8_t>(std::strcmp(argv[1], "on") == 0)};
  std::uint8_t number = 25, value = 0;
  i2c_msg write[] = {{.addr = 0x17, .flags = 0, .len = 2, .buf = set}};
  i2c_msg read[] = {{.addr = 0x17, .flags = 0, .len = 1, .buf = &number},
                    {.addr = 0x17, .flags = I2C_M_RD, .len = 1, .buf = &value}};
  i2c_rdwr_ioctl_data first{write, 1}, second{read, 2};
  if (ioctl(bus, I2C_RDWR, &first) < 0 || ioctl(bus, I2C_RDWR, &second) < 0) {
    std::perror("lamp");
    return 1;
  }
  std::puts(value != 0 ? "on" : "off");
  close(bus);
  return 0;
}
