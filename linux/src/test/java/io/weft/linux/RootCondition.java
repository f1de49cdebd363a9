package io.weft.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link RequiresRoot}. */
public final class RootCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (effectiveUser() == 0) {
      return ConditionEvaluationResult.enabled("runs as root");
    }
    String reason = "needs root to make network namespaces";
    if ("true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(reason + "; not skipped because CI=true");
    }
    return ConditionEvaluationResult.disabled(reason);
  }

  private static int effectiveUser() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
