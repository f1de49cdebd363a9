/*
 * weave-net and weave-ipam as a container runtime starts them. A pod must not wait for a Java
 * virtual machine, so this program does nothing but carry the call to the router of this network
 * namespace and its answer back; docs/cni.md describes the exchange. By itself it answers VERSION,
 * which needs no router, and says so when there is no router.
 *
 * Bound: DEADLINE_SECONDS for everything, from reading the configuration to printing the result.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef PRODUCT_VERSION
#define PRODUCT_VERSION "unknown"
#endif

/* Below the two minutes that runtimes give a sandbox, above what the router gives an address. */
#define DEADLINE_SECONDS 75

#define CONFIGURATION_BYTES_MAX (1 << 20)
#define ENVIRONMENT_BYTES_MAX (64 << 10)
#define ANSWER_BYTES_MAX (4 << 20)
#define VERSION_BYTES_MAX 16
#define VERSIONS \
  "\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\""
#define NEWEST "1.1.0"

enum { CODE_ENVIRONMENT = 4, CODE_IO = 5, CODE_CONFIGURATION = 7, CODE_TRY_AGAIN = 11, CODE_LIMITED = 51 };

static const char *command = "";
static char version[VERSION_BYTES_MAX + 1] = NEWEST;

static void put(const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(STDOUT_FILENO, bytes, count);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      _exit(1);
    }
    bytes += written;
    count -= (size_t)written;
  }
}

static void put_text(const char *text) { put(text, strlen(text)); }

/* As the inside of a JSON string; what is not plain ASCII becomes a question mark. */
static void put_escaped(const char *text) {
  for (; *text != 0; text++) {
    if (*text == '"' || *text == '\\') {
      put("\\", 1);
    }
    put(*text >= ' ' && *text < 0x7f ? text : "?", 1);
  }
}

/* Prints an error as CNI wants it and ends. */
static void fail(int code, const char *message, const char *more, const char *details) {
  char number[16];
  snprintf(number, sizeof number, "%d", code);
  put_text("{\"cniVersion\":\"");
  put_text(version);
  put_text("\",\"code\":");
  put_text(number);
  put_text(",\"msg\":\"");
  put_escaped(message);
  put_escaped(more);
  put_text("\",\"details\":\"");
  put_escaped(details);
  put_text("\"}\n");
  _exit(1);
}

/* Without a router nothing can be attached, and what is attached reaches this host only. */
static int unavailable_code(void) {
  return strcmp(command, "STATUS") == 0 ? CODE_LIMITED : CODE_TRY_AGAIN;
}

static void on_deadline(int signal_number) {
  (void)signal_number;
  fail(unavailable_code(), "the router did not answer in time", "",
       "look at the router: weave status, and its log");
}

/* The whole of standard input; ends the program when it is too long. */
static char *read_configuration(size_t *length) {
  char *text = malloc(CONFIGURATION_BYTES_MAX + 1);
  if (text == NULL) {
    fail(CODE_IO, "no memory for the configuration", "", "the host has none left: free some, then try again");
  }
  size_t used = 0;
  while (used <= CONFIGURATION_BYTES_MAX) {
    ssize_t count = read(STDIN_FILENO, text + used, CONFIGURATION_BYTES_MAX + 1 - used);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      fail(CODE_IO, "cannot read the configuration: ", strerror(errno), "it is read from standard input");
    }
    if (count == 0) {
      *length = used;
      return text;
    }
    used += (size_t)count;
  }
  fail(CODE_CONFIGURATION, "the network configuration is longer than 1 MiB", "",
       "look at what standard input is connected to");
  return NULL;
}

/* The value of "cniVersion" of the outermost object, if it looks like one. */
static void find_version(const char *text, size_t length) {
  static const char key[] = "cniVersion";
  int depth = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '{' || text[i] == '[') {
      depth++;
    } else if (text[i] == '}' || text[i] == ']') {
      depth--;
    } else if (text[i] == '"') {
      size_t start = ++i;
      while (i < length && text[i] != '"') {
        i += text[i] == '\\' ? 2 : 1;
      }
      if (depth != 1 || i >= length || i - start != sizeof key - 1 ||
          memcmp(text + start, key, sizeof key - 1) != 0) {
        continue;
      }
      size_t value = i + 1;
      value += strspn(text + value, " \t\r\n");
      if (text[value] != ':') {
        continue;
      }
      value++;
      value += strspn(text + value, " \t\r\n");
      size_t digits = text[value] == '"' ? strspn(text + value + 1, "0123456789.") : 0;
      if (digits > 0 && digits <= VERSION_BYTES_MAX && text[value + 1 + digits] == '"') {
        memcpy(version, text + value + 1, digits);
        version[digits] = 0;
      }
      return;
    }
  }
}

/* The plugin's name and the variables that begin with CNI_, each ended by a zero. */
static char *collect_environment(const char *plugin, size_t *length) {
  extern char **environ;
  char *block = malloc(ENVIRONMENT_BYTES_MAX);
  size_t used = strlen(plugin) + 1;
  if (block == NULL || used > ENVIRONMENT_BYTES_MAX) {
    fail(CODE_IO, "no memory for the environment", "", "the host has none left: free some, then try again");
  }
  memcpy(block, plugin, used);
  for (char **variable = environ; *variable != NULL; variable++) {
    if (strncmp(*variable, "CNI_", 4) != 0) {
      continue;
    }
    size_t size = strlen(*variable) + 1;
    if (size > ENVIRONMENT_BYTES_MAX - used) {
      fail(CODE_ENVIRONMENT, "the variables CNI_* are longer than 64 KiB together", "",
           "look at CNI_ARGS and CNI_PATH");
    }
    memcpy(block + used, *variable, size);
    used += size;
  }
  *length = used;
  return block;
}

/* Where the router of this network namespace listens. */
static void find_socket(struct sockaddr_un *address) {
  const char *given = getenv("WEAVE_CNI_SOCKET");
  struct stat namespace;
  address->sun_family = AF_UNIX;
  int length;
  if (given != NULL && *given != 0) {
    length = snprintf(address->sun_path, sizeof address->sun_path, "%s", given);
  } else if (stat("/proc/self/ns/net", &namespace) == 0) {
    length = snprintf(address->sun_path, sizeof address->sun_path, "/run/weave/%llu/cni.sock",
                      (unsigned long long)namespace.st_ino);
  } else {
    fail(CODE_IO, "cannot tell the network namespace: ", strerror(errno), "is /proc mounted?");
    return;
  }
  if (length < 0 || (size_t)length >= sizeof address->sun_path) {
    fail(CODE_ENVIRONMENT, "WEAVE_CNI_SOCKET is longer than a socket's path may be", "",
         "107 bytes are accepted; without it the router of this namespace is asked");
  }
}

static int connect_to_router(const struct sockaddr_un *address) {
  int router = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (router >= 0 && connect(router, (const struct sockaddr *)address, sizeof *address) == 0) {
    return router;
  }
  char reason[256];
  snprintf(reason, sizeof reason, "connection refused at %s (%s)", address->sun_path, strerror(errno));
  fail(unavailable_code(), "cannot reach the router: ", reason,
       "no router runs in this network namespace: weave launch, then try again");
  return -1;
}

static void lost_router(void) {
  fail(unavailable_code(), "the router ended before it answered: ", strerror(errno),
       "see the router's log; try again when it runs");
}

static void send_all(int router, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(router, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0) {
      lost_router();
    }
    bytes += sent;
    count -= (size_t)sent;
  }
}

/* The head of a call: a mark, both lengths, and the container's namespace if it can be opened. */
static void send_head(int router, size_t environment_bytes, size_t configuration_bytes) {
  char head[16] = "WEFTCNI1";
  uint32_t lengths[2] = {htonl((uint32_t)environment_bytes), htonl((uint32_t)configuration_bytes)};
  memcpy(head + 8, lengths, sizeof lengths);
  struct iovec part = {head, sizeof head};
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  const char *path = getenv("CNI_NETNS");
  /* Not blocking: the path may be anything, a pipe too. */
  int namespace = path == NULL || *path == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (namespace >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *passed = CMSG_FIRSTHDR(&message);
    passed->cmsg_level = SOL_SOCKET;
    passed->cmsg_type = SCM_RIGHTS;
    passed->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(passed), &namespace, sizeof(int));
  }
  if (sendmsg(router, &message, MSG_NOSIGNAL) != sizeof head) {
    lost_router();
  }
}

/* The exit status as a digit, then what to print; empty unless the router has ended. */
static char *receive_answer(int router, size_t *length) {
  char *answer = malloc(ANSWER_BYTES_MAX);
  size_t used = 0;
  while (answer != NULL && used < ANSWER_BYTES_MAX) {
    ssize_t count = recv(router, answer + used, ANSWER_BYTES_MAX - used, 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      lost_router();
    }
    if (count == 0) {
      break;
    }
    used += (size_t)count;
  }
  /* A line end closes every answer, so that half of one is not taken for the whole. */
  if (used < 2 || (answer[0] != '0' && answer[0] != '1') || answer[used - 1] != '\n') {
    errno = ECONNRESET;
    lost_router();
  }
  *length = used;
  return answer;
}

int main(int count, char **arguments) {
  const char *name = count > 0 ? arguments[0] : "";
  const char *slash = strrchr(name, '/');
  name = slash == NULL ? name : slash + 1;
  const char *plugin = strcmp(name, "weave-ipam") == 0 ? "weave-ipam" : "weave-net";
  const char *given = getenv("CNI_COMMAND");
  if (given == NULL) {
    fprintf(stderr, "CNI plugin %s of Weft %s\nCNI protocol versions supported: %s\n", plugin,
            PRODUCT_VERSION, VERSIONS);
    return 0;
  }
  command = given;
  signal(SIGALRM, on_deadline);
  alarm(DEADLINE_SECONDS);

  size_t configuration_bytes;
  char *configuration = read_configuration(&configuration_bytes);
  configuration[configuration_bytes] = 0;
  find_version(configuration, configuration_bytes);
  if (strcmp(command, "VERSION") == 0) {
    put_text("{\"cniVersion\":\"");
    put_text(version);
    put_text("\",\"supportedVersions\":[" VERSIONS "]}\n");
    return 0;
  }

  size_t environment_bytes;
  char *environment = collect_environment(plugin, &environment_bytes);
  struct sockaddr_un address;
  find_socket(&address);
  int router = connect_to_router(&address);
  send_head(router, environment_bytes, configuration_bytes);
  send_all(router, environment, environment_bytes);
  send_all(router, configuration, configuration_bytes);
  size_t answer_bytes;
  char *answer = receive_answer(router, &answer_bytes);
  alarm(0);
  put(answer + 1, answer_bytes - 1);
  return answer[0] - '0';
}
