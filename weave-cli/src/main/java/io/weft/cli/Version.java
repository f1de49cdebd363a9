package io.weft.cli;

/** The version of this distribution, from the manifest of the jar. */
final class Version {
  private Version() {}

  static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(unreleased)" : version;
  }
}
