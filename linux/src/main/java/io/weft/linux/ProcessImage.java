package io.weft.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The program that this process runs. */
public final class ProcessImage {
  private ProcessImage() {}

  /**
   * Runs another program in place of this one: same process id, parent, session and standard
   * streams. Shutdown hooks do not run and nothing is flushed: do that before.
   *
   * @param command the path of the program, then its arguments
   * @param environment its environment
   * @return never; returning the exception lets a caller write {@code throw replace(...)}
   * @throws LinuxException if the kernel refuses, for example ENOENT for a path that is not there
   */
  public static AssertionError replace(List<String> command, Map<String, String> environment)
      throws LinuxException {
    List<String> settings = new ArrayList<>();
    environment.forEach((name, value) -> settings.add(name + "=" + value));
    StringVector arguments = StringVector.of(command);
    StringVector variables = StringVector.of(settings);
    String program = command.getFirst();
    LinuxException.check(
        LibC.functions().execve(program, arguments.address(), variables.address()),
        "run " + program);
    return new AssertionError("execve returned without an error");
  }

  /**
   * Strings as C has them: a null-terminated row of pointers, then the text.
   *
   * @param memory both, one after the other; kept reachable while the kernel reads it
   */
  private record StringVector(ByteBuffer memory) {
    static StringVector of(List<String> strings) {
      List<byte[]> texts =
          strings.stream().map(string -> string.getBytes(StandardCharsets.UTF_8)).toList();
      int pointerBytes = (texts.size() + 1) * Long.BYTES;
      int textBytes = texts.stream().mapToInt(text -> text.length + 1).sum();
      ByteBuffer memory = LibC.allocate(pointerBytes + textBytes);
      long base = LibC.address(memory);
      int textOffset = pointerBytes;
      for (int i = 0; i < texts.size(); i++) {
        memory.putLong(i * Long.BYTES, base + textOffset);
        memory.put(textOffset, texts.get(i));
        textOffset += texts.get(i).length + 1;
      }
      return new StringVector(memory);
    }

    long address() {
      return LibC.address(memory);
    }
  }
}
