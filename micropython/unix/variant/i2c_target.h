// machine.I2CTarget on the virtual bus: the port's half of extmod/machine_i2c_target.c, for the unix
// port. A thread stands for the Pico's I2C interrupt: it is told by the virtual bus's server what
// happens on the wires (socket/FORMAT.md, "Being a target") and moves bytes between the wires and
// the memory of `mem=`, while Python runs. Its quirks are those of the RP2 port: a read of N bytes
// asks for N+1; END_WRITE comes for a bare probe, but not for a write that only names a register.
//
// PICOCTL_SOCKET names the server's socket. Included into that file, never compiled alone.
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    MSG_HELLO = 0x01, MSG_ATTACH = 0x03, MSG_ANSWER = 0x04,
    MSG_WELCOME = 0x81, MSG_DONE = 0x84, MSG_EVENT = 0x86,
};
enum { EVENT_START = 1, EVENT_WRITE, EVENT_READ, EVENT_READ_ACK, EVENT_RESTART, EVENT_STOP };
enum { ROLE_TARGET = 2, BODY_MAX = 512, IDLE_NS = 1000 * 1000 };

typedef struct _machine_i2c_target_obj_t {
    mp_obj_base_t base;
    int fd;  // connection to the server; -1: none yet
    uint8_t addr;
    uint8_t state;  // as the RP2 port keeps it
    bool enabled;
    bool has_byte;  // `byte` waits to be read, as in the RX FIFO
    uint8_t byte;   // that came, or that is to go
} machine_i2c_target_obj_t;

static machine_i2c_target_obj_t machine_i2c_target_obj[] = {
    {.base = {&machine_i2c_target_type}, .fd = -1},
    {.base = {&machine_i2c_target_type}, .fd = -1},
};

// Held by the thread while it handles an event, and by Python while it changes what that reads.
static pthread_mutex_t bus_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bus_active = PTHREAD_COND_INITIALIZER;
static unsigned long bus_events, bus_events_seen;

// machine.idle() is sched_yield() in this port; the linker sends that here (mpconfigvariant.mk). Sleeps
// until the bus has done something, 1 ms at most, as waiting for an interrupt does on a Pico.
int __wrap_sched_yield(void);
int __wrap_sched_yield(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += IDLE_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&bus_mutex);
    if (bus_events == bus_events_seen) {
        pthread_cond_timedwait(&bus_active, &bus_mutex, &until);
    }
    bus_events_seen = bus_events;
    pthread_mutex_unlock(&bus_mutex);
    return 0;
}

static inline size_t mp_machine_i2c_target_get_index(machine_i2c_target_obj_t *self) {
    return self - &machine_i2c_target_obj[0];
}

static inline void mp_machine_i2c_target_event_callback(machine_i2c_target_irq_obj_t *irq) {
    mp_irq_handler(&irq->base);  // soft handlers only: they are scheduled
}

static size_t mp_machine_i2c_target_read_bytes(machine_i2c_target_obj_t *self, size_t len, uint8_t *buf) {
    if (len == 0 || !self->has_byte) {
        return 0;
    }
    self->has_byte = false;
    buf[0] = self->byte;
    return 1;
}

static size_t mp_machine_i2c_target_write_bytes(machine_i2c_target_obj_t *self, size_t len, const uint8_t *buf) {
    if (len == 0) {
        return 0;
    }
    self->byte = buf[0];
    return 1;
}

static inline void mp_machine_i2c_target_irq_config(machine_i2c_target_obj_t *self, unsigned int trigger) {
    (void)self;
    (void)trigger;
}

/******************************************************************************/
// The socket

static bool send_message(int fd, uint8_t type, const uint8_t *body, size_t len) {
    uint8_t frame[5 + BODY_MAX] = {(uint8_t)(len + 1), (uint8_t)((len + 1) >> 8), 0, 0, type};
    memcpy(frame + 5, body, len);
    size_t size = len + 5, sent = 0;
    while (sent < size) {
        ssize_t n = send(fd, frame + sent, size - sent, MSG_NOSIGNAL);
        if (n > 0) {
            sent += n;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool receive_exactly(int fd, uint8_t *out, size_t len) {
    while (len > 0) {
        ssize_t n = recv(fd, out, len, 0);
        if (n > 0) {
            out += n;
            len -= n;
        } else if (n == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

// The type of the next message, its body in `body`; -1: the server hung up or speaks nonsense.
static int receive_message(int fd, uint8_t body[BODY_MAX]) {
    uint8_t head[5];
    if (!receive_exactly(fd, head, sizeof(head))) {
        return -1;
    }
    size_t len = head[0] | head[1] << 8 | head[2] << 16 | (size_t)head[3] << 24;
    if (len == 0 || len - 1 > BODY_MAX || !receive_exactly(fd, body, len - 1)) {
        return -1;
    }
    return head[4];
}

/******************************************************************************/
// The "interrupt"

static void begin_write_or_read(machine_i2c_target_obj_t *self, machine_i2c_target_data_t *data, uint8_t state) {
    if (self->state != state) {
        machine_i2c_target_data_addr_match(data, state == STATE_READING);
    }
    self->state = state;
}

// What the RP2 port's interrupt handler does at this moment. The value of an answer.
static uint8_t on_event(machine_i2c_target_obj_t *self, uint8_t kind, uint8_t value) {
    machine_i2c_target_data_t *data = &machine_i2c_target_data[mp_machine_i2c_target_get_index(self)];
    switch (kind) {
        case EVENT_WRITE:
            self->byte = value;
            self->has_byte = true;
            begin_write_or_read(self, data, STATE_WRITING);
            machine_i2c_target_data_write_request(self, data);
            return 1;
        case EVENT_READ:
            begin_write_or_read(self, data, STATE_READING);
            machine_i2c_target_data_read_request(self, data);
            return self->byte;
        case EVENT_READ_ACK:
            if (value == 0) {  // RX_DONE: one byte more is fetched, and thrown away
                machine_i2c_target_data_read_request(self, data);
            }
            return 0;
        case EVENT_RESTART:
            if (self->state != STATE_IDLE) {
                machine_i2c_target_data_reset_helper(data);
            }
            self->state = STATE_IDLE;
            return 0;
        case EVENT_STOP:
            if (self->state == STATE_IDLE) {
                machine_i2c_target_data_addr_match(data, false);
            }
            machine_i2c_target_data_stop(data);
            self->state = STATE_IDLE;
            return 0;
        default:
            return 1;
    }
}

static bool is_question(uint8_t kind) {
    return kind == EVENT_START || kind == EVENT_WRITE || kind == EVENT_READ;
}

static void *bus_thread(void *argument) {
    machine_i2c_target_obj_t *self = argument;
    uint8_t body[BODY_MAX];
    for (;;) {
        int type = receive_message(self->fd, body);
        if (type < 0) {
            _exit(0);  // the bus is gone, and with it the Pico's power
        }
        if (type != MSG_EVENT) {
            continue;
        }
        uint8_t kind = body[4];
        pthread_mutex_lock(&bus_mutex);
        uint8_t value = kind == EVENT_READ ? 0xff : 0;  // switched off: nobody pulls SDA low
        if (self->enabled) {
            value = on_event(self, kind, body[5]);
            ++bus_events;
            pthread_cond_signal(&bus_active);
        }
        pthread_mutex_unlock(&bus_mutex);
        uint8_t answer[9] = {body[0], body[1], body[2], body[3], value};
        if (is_question(kind) && !send_message(self->fd, MSG_ANSWER, answer, sizeof(answer))) {
            _exit(0);
        }
    }
}

static int open_connection(const char *path) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (path == NULL || strlen(path) >= sizeof(name.sun_path)) {
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("no virtual bus: PICOCTL_SOCKET names its socket"));
    }
    strcpy(name.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
        mp_raise_OSError(errno);
    }
    static const uint8_t hello[] = {0x50, 0x56, 0x43, 0x42, 1, 0, ROLE_TARGET, 11,
                                    'm', 'i', 'c', 'r', 'o', 'p', 'y', 't', 'h', 'o', 'n'};
    uint8_t body[BODY_MAX];
    if (!send_message(fd, MSG_HELLO, hello, sizeof(hello)) || receive_message(fd, body) != MSG_WELCOME) {
        close(fd);
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("the virtual bus refused this target"));
    }
    return fd;
}

static void attach(machine_i2c_target_obj_t *self, uint8_t addr) {
    int fd = open_connection(getenv("PICOCTL_SOCKET"));
    const uint8_t ask[] = {1, 0, 0, 0, 1, addr};
    uint8_t body[BODY_MAX];
    if (!send_message(fd, MSG_ATTACH, ask, sizeof(ask)) || receive_message(fd, body) != MSG_DONE || body[4] != 0) {
        close(fd);
        mp_raise_msg(&mp_type_OSError, MP_ERROR_TEXT("the virtual bus refused this address"));
    }
    self->fd = fd;
    pthread_t thread;
    if (pthread_create(&thread, NULL, bus_thread, self) != 0) {
        mp_raise_OSError(EAGAIN);
    }
    pthread_detach(thread);
}

/******************************************************************************/
// I2CTarget(id, addr, *, mem, mem_addrsize, sda, scl)

static mp_obj_t mp_machine_i2c_target_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *all_args) {
    (void)type;
    enum { ARG_id, ARG_addr, ARG_addrsize, ARG_mem, ARG_mem_addrsize, ARG_scl, ARG_sda };
    static const mp_arg_t allowed_args[] = {
        { MP_QSTR_id, MP_ARG_INT, {.u_int = 0} },
        { MP_QSTR_addr, MP_ARG_REQUIRED | MP_ARG_INT, {.u_int = 0} },
        { MP_QSTR_addrsize, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 7} },
        { MP_QSTR_mem, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE} },
        { MP_QSTR_mem_addrsize, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 8} },
        { MP_QSTR_scl, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE} },
        { MP_QSTR_sda, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE} },
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed_args)];
    mp_arg_parse_all_kw_array(n_args, n_kw, all_args, MP_ARRAY_SIZE(allowed_args), allowed_args, args);
    mp_int_t id = args[ARG_id].u_int;
    if (id < 0 || id >= (mp_int_t)MP_ARRAY_SIZE(machine_i2c_target_obj)) {
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("I2CTarget(%d) doesn't exist"), (int)id);
    }
    machine_i2c_target_obj_t *self = &machine_i2c_target_obj[id];
    uint8_t addr = args[ARG_addr].u_int;
    if (self->fd >= 0 && self->addr != addr) {
        mp_raise_ValueError(MP_ERROR_TEXT("one address per process"));
    }
    pthread_mutex_lock(&bus_mutex);
    self->state = STATE_IDLE;
    self->addr = addr;
    MP_STATE_PORT(machine_i2c_target_mem_obj)[id] = args[ARG_mem].u_obj;
    machine_i2c_target_data_init(&machine_i2c_target_data[id], args[ARG_mem].u_obj, args[ARG_mem_addrsize].u_int);
    self->enabled = true;
    pthread_mutex_unlock(&bus_mutex);
    if (self->fd < 0) {
        attach(self, addr);
    }
    return MP_OBJ_FROM_PTR(self);
}

static void mp_machine_i2c_target_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
    (void)kind;
    machine_i2c_target_obj_t *self = MP_OBJ_TO_PTR(self_in);
    mp_printf(print, "I2CTarget(%u, addr=%u)", (unsigned)mp_machine_i2c_target_get_index(self), self->addr);
}

static void mp_machine_i2c_target_deinit(machine_i2c_target_obj_t *self) {
    pthread_mutex_lock(&bus_mutex);
    self->enabled = false;
    pthread_mutex_unlock(&bus_mutex);
}
