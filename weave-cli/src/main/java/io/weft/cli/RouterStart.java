package io.weft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Starts the router in the background and watches it until it is ready or gone. */
final class RouterStart {
  /** Our choice: ten times what a start takes on a small machine under load. */
  private static final long READY_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

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
    keepLastLog();
    List<String> command = RouterProcess.commandLine(console, routerArguments);
    Process router = RouterProcess.start(command, password, directory.log());
    directory.notePid(router.pid());
    long deadlineNanos = System.nanoTime() + READY_NANOS_MAX;
    while (!control.isReady()) {
      if (!router.isAlive()) {
        throw died(router.exitValue());
      }
      if (System.nanoTime() - deadlineNanos > 0) {
        RouterProcess.stop(router.toHandle());
        throw died(router.exitValue());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    console.out().println(router.pid());
    return ExitCode.OK;
  }

  private void keepLastLog() throws IOException {
    Path log = directory.log();
    if (Files.exists(log)) {
      Files.move(log, Path.of(log + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private CommandFailure died(int exitValue) throws IOException {
    directory.forgetPid();
    List<String> log = Files.readAllLines(directory.log());
    String end =
        String.join("\n", log.subList(Math.max(0, log.size() - LOG_LINES_SHOWN), log.size()));
    return CommandFailure.of(
        "The router has died (exit code %d); the end of its log, %s:\n%s"
            .formatted(exitValue, directory.log(), end));
  }
}
