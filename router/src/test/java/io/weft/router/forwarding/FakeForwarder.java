package io.weft.router.forwarding;

import io.weft.gossip.overlay.Forwarder;
import io.weft.gossip.overlay.ForwarderEvents;
import io.weft.gossip.overlay.FrameBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Records what it is told to do. */
class FakeForwarder implements Forwarder {
  record Sent(byte[] frame, long source, long destination, boolean broadcast) {
    @Override
    public String toString() {
      return "%x->%x%s".formatted(source, destination, broadcast ? " broadcast" : "");
    }
  }

  final String name;
  final ForwarderEvents events;
  final List<Sent> sent = new ArrayList<>();
  final List<String> controls = new ArrayList<>();
  boolean takesFrames = true;
  boolean faulty;
  boolean confirmed;
  boolean stopped;
  String complaint = "";
  int flushes;
  long deadlineNanos = NEVER;
  int timerRuns;

  FakeForwarder(String name, ForwarderEvents events) {
    this.name = name;
    this.events = events;
  }

  /** What was sent, in short, since the last call. */
  List<String> takeSent() {
    List<String> texts = sent.stream().map(Sent::toString).toList();
    sent.clear();
    return texts;
  }

  @Override
  public void confirm() {
    confirmed = true;
  }

  @Override
  public void onControl(int subTag, byte[] body) {
    controls.add(subTag + ":" + Arrays.toString(body));
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public String displayName() {
    return name;
  }

  @Override
  public String complaint() {
    return complaint;
  }

  @Override
  public SortedMap<String, Object> attributes() {
    return new TreeMap<>(java.util.Map.of("name", name));
  }

  @Override
  public boolean forward(
      int lane, FrameBatch batch, int index, long source, long destination, boolean broadcast) {
    if (faulty) {
      throw new IllegalStateException("a fault");
    }
    if (takesFrames) {
      byte[] frame = new byte[batch.length(index)];
      batch.slab().get(batch.offset(index), frame);
      sent.add(new Sent(frame, source, destination, broadcast));
    }
    return takesFrames;
  }

  @Override
  public void flush(int lane) {
    flushes++;
  }

  @Override
  public long nextDeadlineNanos() {
    return deadlineNanos;
  }

  @Override
  public void onTime() {
    timerRuns++;
  }
}
