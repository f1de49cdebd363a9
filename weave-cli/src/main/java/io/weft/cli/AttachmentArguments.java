package io.weft.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of attach and detach. Weave Net has the container last; it may stand anywhere here,
 * since it can not be taken for an address.
 *
 * @param container how the user named it
 * @param requests the addresses, at least one
 */
record AttachmentArguments(String container, List<AddressRequest> requests) {

  /**
   * Sorts {@code arguments}.
   *
   * @throws CommandFailure if there is not exactly one container, or an address is none
   */
  static AttachmentArguments parse(List<String> arguments) {
    @Nullable String container = null;
    List<AddressRequest> requests = new ArrayList<>();
    for (String argument : arguments) {
      if (AddressRequest.looksLikeOne(argument)) {
        try {
          requests.add(AddressRequest.parse(argument));
        } catch (IllegalArgumentException e) {
          throw CommandFailure.of(String.valueOf(e.getMessage()));
        }
      } else if (container == null) {
        container = argument;
      } else {
        throw CommandFailure.of(
            "There must be one container, not both " + container + " and " + argument + ".");
      }
    }
    if (container == null) {
      throw CommandFailure.of("There is no container among the arguments.");
    }
    if (requests.isEmpty()) {
      requests.add(new AddressRequest.FromDefaultSubnet());
    }
    return new AttachmentArguments(container, requests);
  }
}
