package io.weft.cni;

/**
 * What the control API answered.
 *
 * @param status the HTTP status code
 * @param body the text that came with it
 */
public record ControlAnswer(int status, String body) {
  private static final int SUCCESS_MIN = 200;
  private static final int SUCCESS_MAX = 299;

  /** Whether the request did what it asked for. */
  public boolean succeeded() {
    return status >= SUCCESS_MIN && status <= SUCCESS_MAX;
  }
}
