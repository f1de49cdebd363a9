package io.weft.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * An eBPF program that picks the queue of a TAP interface by the addresses and, but for fragments,
 * the ports of a frame: one flow always has one queue. Left alone the kernel follows the queue by
 * which the answers are written, so a flow may change it while frames of it wait in the former one.
 *
 * <pre>
 *  hash = ((from * M) + to) * M            IPv4, and IPv6 word by word
 *  hash = (hash + ports) * M               TCP and UDP that are whole
 *  hash of the hardware addresses          everything else
 *  queue = (hash &gt;&gt;&gt; 16) mod queues
 * </pre>
 *
 * <p>The kernel checks every load: a frame that is too short has queue 0.
 */
final class QueueSteering {
  private static final int PROG_LOAD = 5;
  private static final int SOCKET_FILTER = 1;
  private static final int ATTRIBUTE_BYTES = 48;
  private static final int INSTRUCTION_BYTES = 8;
  private static final int INSTRUCTIONS_MAX = 96;
  private static final byte[] LICENSE = "Apache-2.0\0".getBytes(StandardCharsets.US_ASCII);

  // Instructions, as the kernel's instruction set document names them.
  private static final int LOAD_WORD = 0x20;
  private static final int LOAD_HALF = 0x28;
  private static final int LOAD_BYTE = 0x30;
  private static final int LOAD_WORD_BEHIND = 0x40;
  private static final int ADD_REGISTER = 0x0c;
  private static final int MULTIPLY = 0x24;
  private static final int AND = 0x54;
  private static final int SHIFT_LEFT = 0x64;
  private static final int SHIFT_RIGHT = 0x74;
  private static final int MOVE = 0xb4;
  private static final int MOVE_REGISTER = 0xbc;
  private static final int MOVE_REGISTER_64 = 0xbf;
  private static final int JUMP = 0x05;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP_UNEQUAL = 0x55;
  private static final int EXIT = 0x95;

  private static final int LOADED = 0;
  private static final int CONTEXT_GIVEN = 1;
  private static final int CONTEXT = 6;
  private static final int HASH = 7;
  private static final int HEADER = 8;

  /** 2^32 divided by the golden ratio. */
  private static final int MULTIPLIER = 0x9e3779b1;

  // Offsets in a frame.
  private static final int TYPE = 12;
  private static final int IP = 14;
  private static final int IPV4_FRAGMENT = IP + 6;
  private static final int IPV4_PROTOCOL = IP + 9;
  private static final int IPV4_FROM = IP + 12;
  private static final int IPV4_TO = IP + 16;
  private static final int IPV6_NEXT = IP + 6;
  private static final int IPV6_FROM = IP + 8;
  private static final int IPV6_PORTS = IP + 40;
  private static final int IPV6_ADDRESS_WORDS = 8;

  private static final int ETHERTYPE_IPV4 = 0x0800;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int FRAGMENT_MASK = 0x3fff;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private final ByteBuffer code = LibC.allocate(INSTRUCTIONS_MAX * INSTRUCTION_BYTES);

  private QueueSteering() {}

  /**
   * Loads the program.
   *
   * @return its descriptor
   * @throws LinuxException EPERM without the right to load programs, ENOSYS without eBPF
   */
  static Descriptor load() throws LinuxException {
    QueueSteering program = new QueueSteering();
    program.write();
    ByteBuffer license = LibC.allocate(LICENSE.length).put(0, LICENSE);
    ByteBuffer attributes = LibC.allocate(ATTRIBUTE_BYTES);
    attributes.putInt(0, SOCKET_FILTER);
    attributes.putInt(4, program.code.position() / INSTRUCTION_BYTES);
    attributes.putLong(8, LibC.address(program.code));
    attributes.putLong(16, LibC.address(license));
    try {
      int result = BpfCall.call(PROG_LOAD, attributes);
      if (result < 0) {
        throw new LinuxException("load what steers frames to queues", -result);
      }
      return new Descriptor(result);
    } finally {
      Reference.reachabilityFence(license);
      Reference.reachabilityFence(program);
    }
  }

  private void write() {
    add(MOVE_REGISTER_64, CONTEXT, CONTEXT_GIVEN, 0, 0);
    add(MOVE, HASH, 0, 0, 0);
    load(LOAD_HALF, TYPE);
    int toIpv4 = jump(JUMP_EQUAL, ETHERTYPE_IPV4);
    int toIpv6 = jump(JUMP_EQUAL, ETHERTYPE_IPV6);
    mix(0);
    mix(Integer.BYTES);
    mix(2 * Integer.BYTES);
    int other = jump(JUMP, 0);

    land(toIpv4);
    mix(IPV4_FROM);
    mix(IPV4_TO);
    load(LOAD_HALF, IPV4_FRAGMENT);
    add(AND, LOADED, 0, 0, FRAGMENT_MASK);
    int fragment = jump(JUMP_UNEQUAL, 0);
    load(LOAD_BYTE, IPV4_PROTOCOL);
    int tcp = jump(JUMP_EQUAL, TCP);
    int noPorts = jump(JUMP_UNEQUAL, UDP);
    land(tcp);
    load(LOAD_BYTE, IP);
    add(AND, LOADED, 0, 0, 0xf);
    add(SHIFT_LEFT, LOADED, 0, 0, 2);
    add(MOVE_REGISTER, HEADER, LOADED, 0, 0);
    add(LOAD_WORD_BEHIND, 0, HEADER, 0, IP);
    mixLoaded();
    int done4 = jump(JUMP, 0);

    land(toIpv6);
    for (int word = 0; word < IPV6_ADDRESS_WORDS; word++) {
      mix(IPV6_FROM + word * Integer.BYTES);
    }
    load(LOAD_BYTE, IPV6_NEXT);
    int tcp6 = jump(JUMP_EQUAL, TCP);
    int noPorts6 = jump(JUMP_UNEQUAL, UDP);
    land(tcp6);
    mix(IPV6_PORTS);

    for (int end : new int[] {other, fragment, noPorts, done4, noPorts6}) {
      land(end);
    }
    add(SHIFT_RIGHT, HASH, 0, 0, Short.SIZE);
    add(MOVE_REGISTER, LOADED, HASH, 0, 0);
    add(EXIT, 0, 0, 0, 0);
  }

  /** Takes the word at an offset into the hash. */
  private void mix(int offset) {
    load(LOAD_WORD, offset);
    mixLoaded();
  }

  private void mixLoaded() {
    add(ADD_REGISTER, HASH, LOADED, 0, 0);
    add(MULTIPLY, HASH, 0, 0, MULTIPLIER);
  }

  private void load(int operation, int offset) {
    add(operation, 0, 0, 0, offset);
  }

  /** A jump whose end {@link #land} sets, on what was loaded last. */
  private int jump(int operation, int value) {
    add(operation, LOADED, 0, 0, value);
    return code.position();
  }

  private void land(int jump) {
    int skipped = (code.position() - jump) / INSTRUCTION_BYTES;
    code.putShort(jump - INSTRUCTION_BYTES + 2, (short) skipped);
  }

  private void add(int operation, int destination, int source, int offset, int value) {
    code.put((byte) operation);
    code.put((byte) registers(destination, source));
    code.putShort((short) offset);
    code.putInt(value);
  }

  /** Which half of the byte is which follows the byte order, as bit fields of C do. */
  private int registers(int destination, int source) {
    return code.order() == ByteOrder.LITTLE_ENDIAN
        ? source << 4 | destination
        : destination << 4 | source;
  }
}
