package io.weft.cli.demo;

import java.io.IOException;

/** Removes the scenery once: at the end, or when the process is told to end before that. */
final class Cleanup {
  private final Stage stage;
  private final Scenery scenery;
  private final Progress progress;
  private boolean done;

  Cleanup(Stage stage, Scenery scenery, Progress progress) {
    this.stage = stage;
    this.scenery = scenery;
    this.progress = progress;
  }

  /** For Ctrl-C: the machine's shutdown waits until this thread has finished. */
  Thread asHook() {
    return new Thread(this::runAsHook, "demo-cleanup");
  }

  private void runAsHook() {
    try {
      run();
    } catch (IOException e) {
      progress.line("Not everything could be removed: " + e.getMessage());
    }
  }

  synchronized void cancel() {
    done = true;
  }

  synchronized void run() throws IOException {
    if (done) {
      return;
    }
    done = true;
    progress.heading("Removing routers, namespaces and files");
    stage.strike();
    scenery.remove();
    progress.line("Nothing is left.");
  }
}
