// Round trips on an Ethernet link: sends a frame, waits for one that carries given octets, again and again.
// round-trip IFACE ETHERTYPE COUNT FRAME OFFSET ANSWER: octets as hex; prints {"lost": n, "us": [...]}.
// It sleeps while it waits, as a client does: spinning would take a processor from the other end of the link.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MOST 256
#define PATIENCE_MS 200

typedef struct {
  unsigned char data[FRAME_MOST];
  size_t length;
} octets;

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static octets parse_hex(const char *text) {
  octets out = {.length = strlen(text) / 2};
  for (size_t i = 0; i < out.length && i < FRAME_MOST; i++) sscanf(text + 2 * i, "%2hhx", &out.data[i]);
  return out;
}

static int open_link(const char *name, int ether_type) {
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons((unsigned short)ether_type),
      .sll_ifindex = (int)if_nametoindex(name),
  };
  const int on = 1;
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
  if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0 ||
      bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
    perror("Cannot open link");
    exit(1);
  }
  return fd;
}

/** Microseconds, or a negative number when nothing came. */
static double measure(int fd, const octets *frame, size_t offset, const octets *answer) {
  unsigned char buffer[2048];
  const double began = now_us();
  if (send(fd, frame->data, frame->length, 0) < 0) return -1;
  struct pollfd link = {.fd = fd, .events = POLLIN};
  while (poll(&link, 1, PATIENCE_MS) > 0) {
    const ssize_t size = recv(fd, buffer, sizeof buffer, 0);
    if (size < 0 || (size_t)size < offset + answer->length) continue;
    if (memcmp(buffer + offset, answer->data, answer->length) == 0) return now_us() - began;
  }
  return -1;
}

int main(int count, char **words) {
  if (count != 7) {
    fprintf(stderr, "Cannot measure: wanted IFACE ETHERTYPE COUNT FRAME OFFSET ANSWER\n");
    return 1;
  }
  const int fd = open_link(words[1], atoi(words[2]));
  const octets frame = parse_hex(words[4]), answer = parse_hex(words[6]);
  int lost = 0;
  const char *separator = "";
  printf("{\"us\": [");
  for (int i = atoi(words[3]); i > 0; i--) {
    const double us = measure(fd, &frame, (size_t)atoi(words[5]), &answer);
    if (us < 0) {
      lost++;
      continue;
    }
    printf("%s%.2f", separator, us);
    separator = ",";
    // A pause, so that one round trip does not find the other end still awake from the last.
    usleep(200);
  }
  printf("], \"lost\": %d}\n", lost);
  close(fd);
  return 0;
}
