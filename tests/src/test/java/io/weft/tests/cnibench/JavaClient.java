package io.weft.tests.cnibench;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What the plugins' program would be in Java: it carries a call to the router and prints the answer
 * (docs/cni.md, The exchange). It hands over no namespace, which would need the kernel's {@code
 * sendmsg}, so it does for the commands without one.
 *
 * <p>Only what the module java.base has, and no lambda: it is to start as fast as Java can.
 */
public final class JavaClient {
  private static final String MARK = "WEFTCNI1";
  private static final int HEAD_BYTES = 16;
  private static final int ANSWER_BYTES_MAX = 1 << 20;

  private JavaClient() {}

  /** Arguments: the socket of the router. */
  public static void main(String[] arguments) throws IOException {
    byte[] configuration = System.in.readAllBytes();
    StringBuilder block = new StringBuilder("weave-net\0");
    for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
      if (variable.getKey().startsWith("CNI_")) {
        block.append(variable.getKey()).append('=').append(variable.getValue()).append('\0');
      }
    }
    byte[] environment = block.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer call = ByteBuffer.allocate(HEAD_BYTES + environment.length + configuration.length);
    call.put(MARK.getBytes(StandardCharsets.US_ASCII));
    call.putInt(environment.length).putInt(configuration.length);
    call.put(environment).put(configuration).flip();
    ByteBuffer answer = ByteBuffer.allocate(ANSWER_BYTES_MAX);
    try (SocketChannel router = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      router.connect(UnixDomainSocketAddress.of(arguments[0]));
      while (call.hasRemaining()) {
        router.write(call);
      }
      while (router.read(answer) >= 0) {
        if (!answer.hasRemaining()) {
          throw new IOException("an answer of more than " + ANSWER_BYTES_MAX + " bytes");
        }
      }
    }
    OutputStream out = System.out;
    out.write(answer.array(), 1, answer.position() - 1);
    out.flush();
    Runtime.getRuntime().halt(answer.get(0) - '0');
  }
}
