package io.weft.cli;

import io.weft.cni.DockerApi;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code weave launch [flags] [peer...]}: starts the router and returns when it is ready. */
@Command(
    name = "launch",
    description = "Start the router, wait until it is ready and print its process id.",
    customSynopsis = "weave launch [FLAGS] [PEER...]")
final class LaunchCommand extends HelpOption implements Callable<Integer> {
  private static final String DOCKER_BRIDGE = "docker0";

  private final Console console;

  @SuppressWarnings("FieldCanBeFinal") // picocli sets it
  @Parameters(
      arity = "0..*",
      paramLabel = "PEER",
      description = "Address or name of another host, with :PORT if it differs from our own.")
  private List<String> arguments = List.of();

  LaunchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    LaunchArguments launch =
        LaunchArguments.parse(arguments)
            .with(console.environment())
            .withDefault("docker-bridge", dockerBridge())
            .withDefault("iptables-backend", ForwardRules.dropping());
    if (launch.isOn("version")) {
      console.out().println("weave router " + Version.current());
      return ExitCode.OK;
    }
    launch.remarks().forEach(console.err()::println);
    boolean isSilent = launch.value("http-addr", "?").isEmpty();
    if (isSilent && !launch.isOn("foreground") && !launch.isOn("print-peer-name")) {
      throw CommandFailure.of(
          "--http-addr: it is here that launch asks whether the router is ready; without an"
              + " address it runs only with --foreground");
    }
    Host.requireRootOnLinux("launch");
    String password = launch.value("password");
    if (launch.isOn("print-peer-name")) {
      RouterProcess.replaceThisProcess(console, launch.forRouter(), null);
    }
    String docker = launch.value("docker-api", defaultDocker());
    checkDocker(launch.value("docker-api", ""));
    CniSetup plugins = CniSetup.of(console);
    RunDirectory directory = RunDirectory.ofThisNamespace(console.runRoot());
    directory.create();
    try (FileChannel lock = directory.lock()) {
      if (lock == null || RouterProcess.running(directory).isPresent()) {
        throw new CommandFailure(ExitCode.ALREADY_RUNNING, "weave is already running.");
      }
      Control control = new Control(console, launch.value("http-addr"));
      if (!isSilent && control.answers()) {
        throw CommandFailure.of("Something already answers at " + control.address() + ".");
      }
      ForwardRules.rejectingAll()
          .ifPresent(rule ->
              console
                  .err()
                  .println(
                      "iptables -S FORWARD: \"%s\" keeps containers from other networks."
                          .formatted(rule)));
      if (!launch.isOn("no-setup-cni")) {
        setUp(plugins);
      }
      directory.noteLaunch(
          launch.value("weave-bridge", Defaults.BRIDGE),
          launch.value("db-prefix", Defaults.DATABASE_PREFIX),
          docker);
      if (launch.isOn("foreground")) {
        directory.notePid(ProcessHandle.current().pid());
        RouterProcess.replaceThisProcess(console, launch.forRouter(), password);
      }
      return new RouterStart(console, directory, control).start(launch.forRouter(), password);
    }
  }

  private String defaultDocker() {
    return Objects.requireNonNullElse(console.variable("DOCKER_HOST"), DockerApi.DEFAULT);
  }

  private static void checkDocker(String url) {
    try {
      if (!url.isEmpty()) {
        DockerApi.at(url);
      }
    } catch (IllegalArgumentException e) {
      throw CommandFailure.of("--docker-api: " + e.getMessage());
    }
  }

  /** Weave Net always has one, since it needs Docker. */
  private static String dockerBridge() throws IOException {
    return NetworkInterface.getByName(DOCKER_BRIDGE) == null ? "" : DOCKER_BRIDGE;
  }

  /**
   * As Weave Net does; a host without container runtimes, or with a full disk, still gets a router.
   */
  private void setUp(CniSetup plugins) {
    try {
      plugins.carryOut();
    } catch (CommandFailure e) {
      console
          .err()
          .println(
              "%s\nThe router starts without; \"weave setup-cni\" tries again, --no-setup-cni"
                      .formatted(e.getMessage())
                  + " leaves it out.");
    }
  }
}
