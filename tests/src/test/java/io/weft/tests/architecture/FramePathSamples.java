package io.weft.tests.architecture;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** Code that must not be on the path of frames, for the test that it would be found there. */
@SuppressWarnings("unused") // Read as class files.
final class FramePathSamples {
  private static final System.Logger LOGGER = System.getLogger("samples");

  private final ReentrantLock mutex = new ReentrantLock();
  private final ArrayBlockingQueue<String> events = new ArrayBlockingQueue<>(1);
  private final ByteBuffer buffer = ByteBuffer.allocate(8);
  private final List<Integer> numbers = List.of(1);
  private final Step overridden = new Overriding();
  private final Step lambda = number -> new int[number].length;
  private final Narrow narrow = number -> Long.toHexString(number).length();
  private Object kept = buffer;
  private int count;

  /** Has two implementations, one of which is a lambda. */
  interface Step {
    int take(int number);
  }

  /** Declares nothing itself, and is a lambda. */
  interface Narrow extends Step {}

  private static class Inherited implements Step {
    @Override
    public int take(int number) {
      return number;
    }
  }

  private static final class Overriding extends Inherited {
    @Override
    public int take(int number) {
      LOGGER.log(System.Logger.Level.INFO, "taken");
      return number;
    }
  }

  void clean() {
    count += Math.max(buffer.getInt(0), 1);
    if (count < 0) {
      throw new IllegalStateException();
    }
  }

  synchronized void locksByDeclaration() {
    count++;
  }

  void locksByStatement() {
    synchronized (buffer) {
      count++;
    }
  }

  void locksByLock() {
    mutex.lock();
  }

  void locksByQueue() {
    kept = events.poll();
  }

  void logs() {
    LOGGER.log(System.Logger.Level.INFO, "text");
  }

  void prints() {
    System.out.flush();
  }

  void formats() {
    kept = String.format("text");
  }

  void concatenates() {
    kept = "text " + count;
  }

  void allocatesObject() {
    kept = new Object();
  }

  void allocatesArray() {
    kept = new byte[count];
  }

  void allocatesBox() {
    kept = count;
  }

  void allocatesView() {
    kept = buffer.slice();
  }

  void allocatesLambda() {
    IntSupplier capturing = () -> count;
    kept = capturing;
  }

  void allocatesIterator() {
    for (int number : numbers) {
      count += number;
    }
  }

  void formatsNumber() {
    kept = Integer.toString(count);
  }

  void takesTime() {
    kept = Duration.ofNanos(count);
  }

  void printsTrace() {
    new IllegalStateException().printStackTrace();
  }

  /** Is clean by itself. */
  void callsNarrowStep(Narrow step) {
    count = step.take(1);
  }

  void givesSupplier() {
    callsSupplier(() -> new int[1]);
  }

  /** Is clean by itself. */
  void callsSupplier(Supplier<Object> given) {
    kept = given.get();
  }

  /** Is clean by itself. */
  void callsAnyStep(Step step) {
    count = step.take(1);
  }

  /** Is clean by itself, and so is the method that it names. */
  void callsOverriding(Inherited step) {
    count = step.take(1);
  }
}
