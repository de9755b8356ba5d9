// Runs a program with /dev/i2c-1 from umockdev instead of from our shim, on the same bus and with
// the same chips as virtual-bus-testd. An independent check of the shim: whatever a program shows
// here it must show there. (umockdev loses its devices at dup and exec of an open one, and cannot
// serve several programs' sockets: it does not replace the shim.)
//
//     virtual-bus-umockdev PROGRAM ARGUMENT...
//
// Nothing of the shim is used here; the SMBus calls are put together a second time.
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <umockdev.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "picoctl/virtual/bus.hpp"
#include "picoctl/virtual/devices.hpp"

namespace {

using picoctl::sim::Bus;
using picoctl::sim::Message;
using Bytes = std::vector<std::uint8_t>;

Bus bus;
std::map<UMockdevIoctlClient*, std::uint16_t> addresses;  // I2C_SLAVE of each open file

// `size` bytes that the pointer at `offset` of `data` points to in the program; written back to
// it when the call is complete.
std::uint8_t* pointed_to(UMockdevIoctlData* data, std::size_t offset, std::size_t size) {
  UMockdevIoctlData* found = umockdev_ioctl_data_resolve(data, offset, size, nullptr);
  if (found == nullptr) return nullptr;
  std::uint8_t* bytes = found->data;
  g_object_unref(found);  // its parent keeps it
  return bytes;
}

UMockdevIoctlData* child(UMockdevIoctlData* data, std::size_t offset, std::size_t size) {
  UMockdevIoctlData* found = umockdev_ioctl_data_resolve(data, offset, size, nullptr);
  if (found != nullptr) g_object_unref(found);
  return found;
}

int run(std::vector<Message> messages) { return bus.transfer(messages).error; }

int rdwr(UMockdevIoctlData* argument) {
  UMockdevIoctlData* call = child(argument, 0, sizeof(i2c_rdwr_ioctl_data));
  if (call == nullptr) return EFAULT;
  i2c_rdwr_ioctl_data wanted;
  std::memcpy(&wanted, call->data, sizeof wanted);
  if (wanted.nmsgs == 0 || wanted.nmsgs > 42) return EINVAL;
  UMockdevIoctlData* list = child(call, 0, wanted.nmsgs * sizeof(i2c_msg));
  if (list == nullptr) return EFAULT;
  std::vector<Message> messages;
  for (std::size_t i = 0; i < wanted.nmsgs; ++i) {
    i2c_msg one;
    std::memcpy(&one, list->data + i * sizeof one, sizeof one);
    const std::size_t at = i * sizeof one + offsetof(i2c_msg, buf);
    std::uint8_t* data = one.len > 0 ? pointed_to(list, at, one.len) : nullptr;
    messages.push_back({one.addr, one.flags, one.len, data});
  }
  return run(messages);
}

// What goes out and how much is wanted back.
struct Plan {
  Bytes out;
  std::size_t in = 0;
  bool command_first = true;
};

bool plan(const i2c_smbus_ioctl_data& call, const std::uint8_t* block, Plan& plan) {
  const bool reads = call.read_write == I2C_SMBUS_READ;
  plan.out = {call.command};
  switch (call.size) {
    case I2C_SMBUS_QUICK: plan = {{}, 0, !reads}; return true;
    case I2C_SMBUS_BYTE: plan = {reads ? Bytes{} : plan.out, reads ? 1U : 0U, !reads}; return true;
    case I2C_SMBUS_BYTE_DATA: plan.in = reads ? 1 : 0; break;
    case I2C_SMBUS_WORD_DATA: plan.in = reads ? 2 : 0; break;
    case I2C_SMBUS_PROC_CALL: plan.in = 2; break;
    case I2C_SMBUS_BLOCK_DATA:
      if (reads || block[0] > 32) return false;
      break;
    case I2C_SMBUS_I2C_BLOCK_DATA:
      if (block[0] > 32) return false;
      plan.in = reads ? block[0] : 0;
      break;
    default: return false;
  }
  if (reads && call.size != I2C_SMBUS_PROC_CALL) return true;
  const bool words = call.size == I2C_SMBUS_WORD_DATA || call.size == I2C_SMBUS_PROC_CALL;
  std::size_t from = 0;
  std::size_t count = words ? 2 : 1;
  if (call.size == I2C_SMBUS_BLOCK_DATA) count = block[0] + 1U;
  if (call.size == I2C_SMBUS_I2C_BLOCK_DATA) {
    from = 1;
    count = block[0];
  }
  plan.out.insert(plan.out.end(), block + from, block + from + count);
  return true;
}

int smbus(UMockdevIoctlData* argument, std::uint16_t address) {
  UMockdevIoctlData* data = child(argument, 0, sizeof(i2c_smbus_ioctl_data));
  if (data == nullptr) return EFAULT;
  i2c_smbus_ioctl_data call;
  std::memcpy(&call, data->data, sizeof call);
  std::uint8_t none[34] = {};
  std::uint8_t* block = none;
  if (call.data != nullptr) {
    std::size_t size = 1;
    if (call.size == I2C_SMBUS_WORD_DATA || call.size == I2C_SMBUS_PROC_CALL) size = 2;
    if (call.size >= I2C_SMBUS_BLOCK_DATA) size = sizeof(i2c_smbus_data);
    block = pointed_to(data, offsetof(i2c_smbus_ioctl_data, data), size);
    if (block == nullptr) return EFAULT;
  }
  if (call.size == I2C_SMBUS_I2C_BLOCK_BROKEN) {  // what libi2c says when it wants 32 bytes
    call.size = I2C_SMBUS_I2C_BLOCK_DATA;
    if (call.read_write == I2C_SMBUS_READ) block[0] = I2C_SMBUS_BLOCK_MAX;
  }
  Plan steps;
  if (!plan(call, block, steps)) return EOPNOTSUPP;
  Bytes in(steps.in);
  std::vector<Message> messages;
  const auto out_size = static_cast<std::uint16_t>(steps.out.size());
  if (steps.command_first) messages.push_back({address, 0, out_size, steps.out.data()});
  const bool read_quick = !steps.command_first && in.empty();
  if (!in.empty() || read_quick) {
    messages.push_back({address, I2C_M_RD, static_cast<std::uint16_t>(in.size()), in.data()});
  }
  const int error = run(messages);
  const std::size_t head = call.size == I2C_SMBUS_I2C_BLOCK_DATA ? 1 : 0;
  if (error == 0 && !in.empty()) std::memcpy(block + head, in.data(), in.size());
  return error;
}

gboolean handle_ioctl(UMockdevIoctlBase*, UMockdevIoctlClient* client) {
  UMockdevIoctlData* argument = umockdev_ioctl_client_get_arg(client);
  unsigned long value = 0;
  std::memcpy(&value, argument->data, sizeof value);
  int error = 0;
  long result = 0;
  switch (umockdev_ioctl_client_get_request(client)) {
    case I2C_SLAVE:
    case I2C_SLAVE_FORCE:
      error = value > 0x7f ? EINVAL : 0;
      if (error == 0) addresses[client] = static_cast<std::uint16_t>(value);
      break;
    case I2C_FUNCS: {
      const unsigned long functions = I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
      std::uint8_t* to = pointed_to(argument, 0, sizeof functions);
      std::memcpy(to, &functions, sizeof functions);
      break;
    }
    case I2C_RDWR: {
      error = rdwr(argument);
      i2c_rdwr_ioctl_data call;
      std::memcpy(&call, child(argument, 0, sizeof call)->data, sizeof call);
      result = call.nmsgs;
      break;
    }
    case I2C_SMBUS: error = smbus(argument, addresses[client]); break;
    case I2C_PEC:
      // Only turning it off, as i2c-tools do, is served here.
      error = value != 0 ? EOPNOTSUPP : 0;
      break;
    default: return FALSE;
  }
  umockdev_ioctl_client_complete(client, error != 0 ? -1 : result, error);
  return TRUE;
}

gboolean plain(UMockdevIoctlClient* client, std::uint16_t flags) {
  UMockdevIoctlData* argument = umockdev_ioctl_client_get_arg(client);
  const std::size_t size = umockdev_ioctl_client_get_request(client);
  std::uint8_t* data = pointed_to(argument, 0, size);
  const int error = run({{addresses[client], flags, static_cast<std::uint16_t>(size), data}});
  umockdev_ioctl_client_complete(client, error != 0 ? -1 : static_cast<long>(size), error);
  return TRUE;
}

gboolean handle_read(UMockdevIoctlBase*, UMockdevIoctlClient* client) {
  return plain(client, I2C_M_RD);
}
gboolean handle_write(UMockdevIoctlBase*, UMockdevIoctlClient* client) { return plain(client, 0); }

constexpr const char* description =
    "P: /devices/platform/bus/i2c-1/i2c-dev/i2c-1\nN: i2c-1\n"
    "E: DEVNAME=/dev/i2c-1\nE: SUBSYSTEM=i2c-dev\nE: MAJOR=89\nE: MINOR=1\n"
    "A: name=picoctl virtual bus\nA: dev=89:1\n";

int run_program(char** words) {
  gchar** environment = g_get_environ();
  environment = g_environ_setenv(environment, "LD_PRELOAD", "libumockdev-preload.so.0", TRUE);
  int status = 0;
  GError* error = nullptr;
  g_spawn_sync(nullptr, words, environment,
               static_cast<GSpawnFlags>(G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN),
               nullptr, nullptr, nullptr, nullptr, &status, &error);
  g_strfreev(environment);
  if (error != nullptr) {
    std::fprintf(stderr, "%s\n", error->message);
    return 127;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: %s PROGRAM ARGUMENT...\n", words[0]);
    return 2;
  }
  picoctl::sim::RegisterFile registers;
  picoctl::sim::Pcf8574 port;
  bus.attach(registers);
  bus.attach(port);
  UMockdevTestbed* testbed = umockdev_testbed_new();
  UMockdevIoctlBase* handler = umockdev_ioctl_base_new();
  g_signal_connect(handler, "handle-ioctl", G_CALLBACK(handle_ioctl), nullptr);
  g_signal_connect(handler, "handle-read", G_CALLBACK(handle_read), nullptr);
  g_signal_connect(handler, "handle-write", G_CALLBACK(handle_write), nullptr);
  GError* error = nullptr;
  if (!umockdev_testbed_add_from_string(testbed, description, &error) ||
      !umockdev_testbed_attach_ioctl(testbed, "/dev/i2c-1", handler, &error)) {
    std::fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  const int status = run_program(words + 1);
  std::fprintf(stderr, "port_bytes=%llu\n", static_cast<unsigned long long>(port.bytes_received()));
  g_object_unref(handler);
  g_object_unref(testbed);
  return status;
}
