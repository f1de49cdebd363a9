package io.weft.cni.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Another plugin, run as the specification's section 4 says: with our environment and
 * configuration, its result and its errors handed on.
 */
final class DelegatedPlugin {
  /** Our choice: enough for a loaded machine, and two of them below the caller's deadline. */
  private static final long LIMIT_SECONDS = 20;

  private static final int OUTPUT_BYTES_MAX = 4 << 20;
  private static final String HANDED_DOWN = "PATH";

  private final String type;
  private final Path program;

  private DelegatedPlugin(String type, Path program) {
    this.type = type;
    this.program = program;
  }

  /**
   * Finds a plugin.
   *
   * @throws CniException code 7 if it is in none of the folders
   */
  static DelegatedPlugin find(String type, List<Path> folders) throws CniException {
    for (Path folder : folders) {
      Path program = folder.resolve(type);
      if (Files.isExecutable(program) && Files.isRegularFile(program)) {
        return new DelegatedPlugin(type, program);
      }
    }
    throw new CniException(
        CniException.INVALID_CONFIGURATION,
        "ipam.type: there is no plugin \"%s\" in CNI_PATH %s".formatted(type, folders),
        "install it there, or leave ipam.type out");
  }

  /**
   * Runs it for a call.
   *
   * @return what it printed
   * @throws CniException its own error, or ours if it gives none
   */
  byte[] run(PluginCall call, PluginCall.Command command) throws IOException {
    return run(call, command.name());
  }

  /** The versions of the specification that it speaks. */
  List<String> versions(PluginCall call) throws IOException {
    byte[] printed = run(call, "VERSION");
    return JsonObject.parse(printed, "the versions of plugin " + type).strings("supportedVersions");
  }

  private byte[] run(PluginCall call, String command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> !name.equals(HANDED_DOWN));
    environment.putAll(call.environment());
    environment.put("CNI_COMMAND", command);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try {
      CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> read(process));
      try (OutputStream input = process.getOutputStream()) {
        input.write(call.configuration());
      }
      byte[] printed = output.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new TimeoutException();
      }
      if (process.exitValue() != 0) {
        throw failure(printed, process.exitValue());
      }
      return printed;
    } catch (TimeoutException e) {
      throw new CniException(
          CniException.TRY_AGAIN_LATER,
          "plugin %s did not end within %d s".formatted(type, LIMIT_SECONDS),
          "find out what it waits for",
          e);
    } catch (ExecutionException e) {
      throw new IOException("cannot read what plugin " + type + " prints", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while plugin " + type + " ran", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static byte[] read(Process process) {
    try (InputStream output = process.getInputStream()) {
      return output.readNBytes(OUTPUT_BYTES_MAX);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private CniException failure(byte[] printed, int exit) {
    try {
      JsonObject error = JsonObject.parse(printed, "the error of plugin " + type);
      int code = error.integer("code", CniException.DELEGATE_FAILED, 0, Integer.MAX_VALUE);
      return new CniException(
          code,
          "plugin %s: %s".formatted(type, error.string("msg").orElse("no reason given")),
          error
              .string("details")
              .filter(text -> !text.isBlank())
              .orElse("that is what plugin %s says of itself".formatted(type)));
    } catch (CniException e) {
      String text = new String(printed, StandardCharsets.UTF_8).strip();
      return new CniException(
          CniException.DELEGATE_FAILED,
          "plugin %s ended with %d: %s"
              .formatted(type, exit, text.substring(0, Math.min(text.length(), 500))),
          "run it by hand with the same configuration",
          e);
    }
  }
}
