// The system calls of Linux's i2c-dev, with its limits and its errors.
#include <climits>
#include <cstdlib>
#include <cstring>

#include "shim.hpp"

namespace picoctl::shim {
namespace {

constexpr unsigned long functions = I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;  // as i2c-bcm2835 says

int result_of(int error, int result = 0) {
  if (error == 0) return result;
  errno = error;
  return -1;
}

int set_address(int fd, State state, unsigned long address) {
  if (address > (state.ten_bit ? 0x3ffUL : 0x7fUL)) return EINVAL;
  state.address = static_cast<std::uint16_t>(address);
  set_state(fd, state);
  return 0;
}

int rdwr(int fd, const i2c_rdwr_ioctl_data* call) {
  if (call == nullptr) return EFAULT;
  if (call->msgs == nullptr || call->nmsgs == 0) return EINVAL;
  if (call->nmsgs > socket::max_messages) return EINVAL;
  socket::Message messages[socket::max_messages];
  for (unsigned i = 0; i < call->nmsgs; ++i) {
    const i2c_msg& from = call->msgs[i];
    if (from.len > socket::max_message_length) return EINVAL;
    if (from.buf == nullptr && from.len > 0) return EFAULT;
    messages[i] = {from.addr, from.flags, from.len, from.buf};
  }
  return transfer(fd, std::span(messages).first(call->nmsgs));
}

long plain(int fd, const State& state, std::uint8_t* data, std::size_t size, std::uint16_t flags) {
  const std::size_t most = socket::max_message_length;
  const auto length = static_cast<std::uint16_t>(size < most ? size : most);
  if (state.ten_bit) flags |= socket::flag_ten_bit;
  const socket::Message message{state.address, flags, length, data};
  return result_of(data == nullptr && length > 0 ? EFAULT : transfer(fd, {&message, 1}), length);
}

}  // namespace

bool is_i2c_request(unsigned long request) {
  switch (request) {
    case I2C_RETRIES:
    case I2C_TIMEOUT:
    case I2C_SLAVE:
    case I2C_SLAVE_FORCE:
    case I2C_TENBIT:
    case I2C_FUNCS:
    case I2C_RDWR:
    case I2C_PEC:
    case I2C_SMBUS: return true;
    default: return false;
  }
}

int i2c_ioctl(int fd, unsigned long request, void* argument) {
  count(Count::ioctls);
  if (request == I2C_RDWR) {
    count(Count::rdwr);
    const auto* call = static_cast<const i2c_rdwr_ioctl_data*>(argument);
    const int error = rdwr(fd, call);
    return result_of(error, error == 0 ? static_cast<int>(call->nmsgs) : 0);
  }
  const auto value = reinterpret_cast<unsigned long>(argument);
  State state;
  get_state(fd, state);
  switch (request) {
    case I2C_SLAVE:
    case I2C_SLAVE_FORCE: return result_of(set_address(fd, state, value));
    case I2C_TENBIT:
      state.ten_bit = value != 0;
      set_state(fd, state);
      return 0;
    case I2C_PEC:
      state.pec = value != 0;
      set_state(fd, state);
      return 0;
    case I2C_FUNCS:
      if (argument == nullptr) return result_of(EFAULT);
      std::memcpy(argument, &functions, sizeof functions);
      return 0;
    case I2C_SMBUS:
      count(Count::smbus);
      if (argument == nullptr) return result_of(EFAULT);
      return result_of(smbus(fd, state, *static_cast<const i2c_smbus_ioctl_data*>(argument)));
    default:  // I2C_RETRIES, I2C_TIMEOUT: there is nothing here that they could change
      return result_of(value > INT_MAX ? EINVAL : 0);
  }
}

long i2c_read(int fd, const State& state, void* data, std::size_t size) {
  count(Count::reads);
  return plain(fd, state, static_cast<std::uint8_t*>(data), size, socket::flag_read);
}

long i2c_write(int fd, const State& state, const void* data, std::size_t size) {
  count(Count::writes);
  // A write message is only read from.
  auto* bytes = const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(data));
  return plain(fd, state, bytes, size, 0);
}

}  // namespace picoctl::shim
