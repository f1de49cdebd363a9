package io.weft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Starts the router in the background and watches it until it is ready or gone. */
final class RouterStart {
  /** Our choice: ten times what a start takes on a small machine under load. */
  private static final int READY_SECONDS = 30;

  private static final String READY_VARIABLE = "WEFT_READY_SECONDS";
  private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,3}");

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
  private static final int LOG_LINES_SHOWN = 20;

  private final Console console;
  private final RunDirectory directory;
  private final Control control;

  RouterStart(Console console, RunDirectory directory, Control control) {
    this.console = console;
    this.directory = directory;
    this.control = control;
  }

  int start(List<String> routerArguments, @Nullable String password) throws IOException {
    int seconds = readySeconds();
    keepLastLog();
    List<String> command = RouterProcess.commandLine(console, routerArguments);
    Process router = RouterProcess.start(command, password, directory.log());
    directory.notePid(router.pid());
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!control.isReady()) {
      if (!router.isAlive()) {
        throw failed("has died (exit code %d)".formatted(router.exitValue()));
      }
      if (System.nanoTime() - deadlineNanos > 0) {
        RouterProcess.stop(router.toHandle());
        throw failed("was not ready after %d s (%s)".formatted(seconds, READY_VARIABLE));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    console.out().println(router.pid());
    return ExitCode.OK;
  }

  private int readySeconds() {
    String value = console.variable(READY_VARIABLE);
    if (value == null) {
      return READY_SECONDS;
    }
    if (!SECONDS.matcher(value).matches()) {
      throw CommandFailure.of(
          "%s=%s: a number of seconds from 1 to 9999 is accepted".formatted(READY_VARIABLE, value));
    }
    return Integer.parseInt(value);
  }

  private void keepLastLog() throws IOException {
    Path log = directory.log();
    if (Files.exists(log)) {
      Files.move(log, Path.of(log + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private CommandFailure failed(String how) throws IOException {
    directory.forgetPid();
    List<String> log = Files.readAllLines(directory.log());
    String end =
        String.join("\n", log.subList(Math.max(0, log.size() - LOG_LINES_SHOWN), log.size()));
    return CommandFailure.of(
        "The router %s; the end of its log, %s:\n%s".formatted(how, directory.log(), end));
  }
}
