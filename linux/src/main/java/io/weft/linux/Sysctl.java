package io.weft.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Kernel parameters below {@code /proc/sys}. Those of the network are the calling thread's
 * namespace's. Without state; any thread.
 *
 * <p>Keys are written with slashes, {@code net/ipv4/ip_forward}, because interface names may have
 * dots.
 */
public final class Sysctl {
  private static final Path ROOT = Path.of("/proc/sys");

  private Sysctl() {}

  /**
   * The value of a key, without the line end.
   *
   * @throws IOException naming the key, if it does not exist or can not be read
   */
  public static String read(String key) throws IOException {
    try {
      return Files.readString(path(key), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new IOException("cannot read sysctl " + key + ": " + reason(e), e);
    }
  }

  /**
   * Sets a key.
   *
   * @throws IOException naming the key, if it does not exist or the kernel refuses the value
   */
  public static void write(String key, String value) throws IOException {
    try {
      // Not creating anything: a missing key must not look like a refused one.
      Files.writeString(path(key), value, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException("cannot set sysctl " + key + " to " + value + ": " + reason(e), e);
    }
  }

  /**
   * Sets a key if it exists: kernels without IPv6, for example, lack some.
   *
   * @return whether it exists
   * @throws IOException naming the key, if the kernel refuses the value
   */
  public static boolean writeIfPresent(String key, String value) throws IOException {
    if (!Files.exists(path(key))) {
      return false;
    }
    write(key, value);
    return true;
  }

  private static Path path(String key) {
    List<String> parts = List.of(key.split("/", -1));
    if (parts.stream().anyMatch(part -> part.isEmpty() || part.startsWith(".."))) {
      throw new IllegalArgumentException("not a sysctl key: " + key);
    }
    return ROOT.resolve(key);
  }

  private static String reason(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such key";
    }
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
