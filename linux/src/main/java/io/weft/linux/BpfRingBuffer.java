package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import jnr.ffi.Pointer;

/** The reading end of a ring buffer that eBPF programs write to. For one thread. */
public final class BpfRingBuffer implements AutoCloseable {
  private final LibBpf.Functions functions;
  private final long ring;

  // The library calls it: it must live as long as the ring.
  @SuppressWarnings({"UnusedVariable", "FieldCanBeFinal"})
  private final LibBpf.Sample sample;

  private BpfRingBuffer(LibBpf.Functions functions, long ring, LibBpf.Sample sample) {
    this.functions = functions;
    this.ring = ring;
    this.sample = sample;
  }

  /**
   * Opens a ring buffer.
   *
   * @param map of the ring buffer type
   * @param recordBytes of each record; longer ones lose their end, shorter ones are left out
   * @param reader called by {@link #poll}; the buffer, of native byte order, is reused afterwards
   */
  public static BpfRingBuffer open(BpfMap map, int recordBytes, Consumer<ByteBuffer> reader)
      throws LinuxException {
    LibBpf.Functions functions = LibBpf.functions();
    byte[] bytes = new byte[recordBytes];
    ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    LibBpf.Sample sample =
        (context, address, size) -> {
          if (size >= recordBytes) {
            Pointer.wrap(LibBpf.runtime(), address, recordBytes).get(0, bytes, 0, recordBytes);
            reader.accept(view);
          }
          return 0;
        };
    long ring = functions.ring_buffer__new(map.descriptor(), sample, 0, 0);
    if (ring == 0) {
      throw new LinuxException("open the ring buffer " + map.description().name(), LibC.errno());
    }
    return new BpfRingBuffer(functions, ring, sample);
  }

  /**
   * Waits until there is something and hands over all that is there.
   *
   * @param timeoutMillis longest wait
   * @return how many records there were, or a negative error number
   */
  public int poll(int timeoutMillis) {
    int count = functions.ring_buffer__poll(ring, timeoutMillis);
    return count == -Errno.EINTR ? 0 : count;
  }

  @Override
  public void close() {
    functions.ring_buffer__free(ring);
  }
}
