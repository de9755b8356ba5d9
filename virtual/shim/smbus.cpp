// SMBus calls made of plain I2C messages, as the Linux kernel does it for controllers that have
// nothing better (SMBus 3.1, section 6.5; PEC: section 6.4).
#include <cstring>

#include "shim.hpp"

namespace picoctl::shim {
namespace {

std::uint8_t crc8(std::uint8_t crc, std::uint8_t byte) {
  crc ^= byte;
  for (int i = 0; i < 8; ++i) {
    crc = static_cast<std::uint8_t>((crc & 0x80) != 0 ? crc << 1 ^ 0x07 : crc << 1);
  }
  return crc;
}

std::uint8_t crc8(std::uint8_t crc, const socket::Message& message, std::size_t length) {
  crc = crc8(crc, static_cast<std::uint8_t>(message.address << 1 | (message.is_read() ? 1 : 0)));
  for (std::size_t i = 0; i < length; ++i) crc = crc8(crc, message.data[i]);
  return crc;
}

// One SMBus call on its way to becoming one or two messages.
class Call {
 public:
  Call(const State& state, const i2c_smbus_ioctl_data& call)
      : state_(state), call_(call), reads_(call.read_write == I2C_SMBUS_READ) {}

  int run(int fd) {
    if (const int error = build(); error != 0) return error;
    const bool with_pec = state_.pec && call_.size != I2C_SMBUS_QUICK &&
                          call_.size != I2C_SMBUS_I2C_BLOCK_DATA && add_pec();
    const int error = transfer(fd, std::span(messages_).first(count_));
    if (error != 0) return error;
    if (with_pec && !pec_is_right()) return EBADMSG;
    store();
    return 0;
  }

 private:
  int build() {
    out_[0] = call_.command;
    switch (call_.size) {
      case I2C_SMBUS_QUICK: return reads_ ? receive(0) : send(0);
      case I2C_SMBUS_BYTE: return reads_ ? receive(1) : send(1);
      case I2C_SMBUS_BYTE_DATA:
        if (reads_) return send_and_receive(1, 1);
        out_[1] = call_.data->byte;
        return send(2);
      case I2C_SMBUS_WORD_DATA:
        if (reads_) return send_and_receive(1, 2);
        put_word();
        return send(3);
      case I2C_SMBUS_PROC_CALL:
        put_word();
        reads_ = true;
        return send_and_receive(3, 2);
      case I2C_SMBUS_BLOCK_DATA:
        // A block read asks the target how long it is (I2C_M_RECV_LEN): the BSC cannot do that.
        return reads_ ? EOPNOTSUPP : send_block(1);
      case I2C_SMBUS_I2C_BLOCK_BROKEN:
        if (reads_) call_.data->block[0] = I2C_SMBUS_BLOCK_MAX;
        [[fallthrough]];
      case I2C_SMBUS_I2C_BLOCK_DATA:
        if (!reads_) return send_block(0);
        if (call_.data->block[0] > I2C_SMBUS_BLOCK_MAX) return EINVAL;
        return send_and_receive(1, call_.data->block[0]);
      default: return EOPNOTSUPP;
    }
  }

  void put_word() {
    out_[1] = static_cast<std::uint8_t>(call_.data->word & 0xff);
    out_[2] = static_cast<std::uint8_t>(call_.data->word >> 8);
  }
  // The command and the block, with its length before it (`head` 1) or not (0).
  int send_block(std::uint16_t head) {
    const std::uint8_t size = call_.data->block[0];
    if (size > I2C_SMBUS_BLOCK_MAX) return EINVAL;
    std::memcpy(out_ + 1, call_.data->block + 1 - head, size + head);
    return send(static_cast<std::uint16_t>(1 + head + size));
  }
  int send(std::uint16_t length) { return add(0, length, out_); }
  int receive(std::uint16_t length) { return add(socket::flag_read, length, in_); }
  int send_and_receive(std::uint16_t out, std::uint16_t in) {
    send(out);
    return receive(in);
  }
  int add(std::uint16_t flags, std::uint16_t length, std::uint8_t* data) {
    if (state_.ten_bit) flags |= socket::flag_ten_bit;
    messages_[count_++] = {state_.address, flags, length, data};
    return 0;
  }

  // Appends the check byte to a write, or asks for one after a read. Whether one will come.
  bool add_pec() {
    socket::Message& first = messages_[0];
    if (!first.is_read()) pec_ = crc8(0, first, first.length);
    socket::Message& last = messages_[count_ - 1];
    if (!last.is_read()) last.data[last.length] = pec_;
    ++last.length;
    return last.is_read();
  }
  bool pec_is_right() {
    const socket::Message& last = messages_[count_ - 1];
    return crc8(pec_, last, last.length - 1U) == last.data[last.length - 1];
  }

  void store() {
    if (!reads_ || call_.size == I2C_SMBUS_QUICK) return;
    switch (call_.size) {
      case I2C_SMBUS_BYTE:
      case I2C_SMBUS_BYTE_DATA: call_.data->byte = in_[0]; return;
      case I2C_SMBUS_WORD_DATA:
      case I2C_SMBUS_PROC_CALL:
        call_.data->word = static_cast<std::uint16_t>(in_[0] | in_[1] << 8);
        return;
      default: std::memcpy(call_.data->block + 1, in_, call_.data->block[0]); return;
    }
  }

  const State& state_;
  const i2c_smbus_ioctl_data& call_;
  bool reads_;
  socket::Message messages_[2];
  std::size_t count_ = 0;
  std::uint8_t out_[I2C_SMBUS_BLOCK_MAX + 3] = {};  // command, length, block, PEC at its end
  std::uint8_t in_[I2C_SMBUS_BLOCK_MAX + 1] = {};
  std::uint8_t pec_ = 0;
};

bool needs_data(const i2c_smbus_ioctl_data& call) {
  const bool only_a_command = call.size == I2C_SMBUS_BYTE && call.read_write == I2C_SMBUS_WRITE;
  return call.size != I2C_SMBUS_QUICK && !only_a_command;
}

}  // namespace

int smbus(int fd, const State& state, const i2c_smbus_ioctl_data& call) {
  if (call.size > I2C_SMBUS_I2C_BLOCK_DATA) return EINVAL;
  if (call.read_write != I2C_SMBUS_READ && call.read_write != I2C_SMBUS_WRITE) return EINVAL;
  if (needs_data(call) && call.data == nullptr) return EINVAL;
  return Call(state, call).run(fd);
}

}  // namespace picoctl::shim
