#pragma once

#include <optional>

#include "harness/conformance/client.h"

/// Requests of the commands that have subcommands, authorized by a token.
namespace keyrig::conformance {

/// An empty map as parameters: none are sent.
cbor::Map CredentialManagementRequest(const Client& client, int sub_command,
                                      const cbor::Map& parameters, ByteView token);
cbor::Map ConfigRequest(const Client& client, int sub_command, const cbor::Map& parameters,
                        ByteView token);
cbor::Map BioRequest(const Client& client, int sub_command, const cbor::Map& parameters,
                     ByteView token);
/// One fragment; `length` is of the whole array, and there with the first fragment alone.
cbor::Map LargeBlobRequest(const Client& client, ByteView fragment, std::uint32_t offset,
                           std::optional<std::size_t> length, ByteView token);

enum CredentialManagementCommand : int {
  kGetCredsMetadata = 0x01,
  kEnumerateRpsBegin = 0x02,
  kEnumerateRpsNext = 0x03,
  kEnumerateCredentialsBegin = 0x04,
  kEnumerateCredentialsNext = 0x05,
  kDeleteCredential = 0x06,
  kUpdateUser = 0x07,
};
enum ConfigCommand : int {
  kEnableEnterpriseAttestation = 0x01,
  kToggleAlwaysUv = 0x02,
  kSetMinPinLength = 0x03,
  kEnableLongTouch = 0x04,
};
enum BioCommand : int {
  kEnrollBegin = 0x01,
  kEnrollNext = 0x02,
  kEnrollCancel = 0x03,
  kEnumerateFingers = 0x04,
  kNameFinger = 0x05,
  kRemoveFinger = 0x06,
  kSensorInfo = 0x07,
};

/// Runs a config subcommand, with a token of the PIN where there is one, and reads getInfo again.
Outcome Configure(Client& client, int sub_command, const cbor::Map& parameters = {});
/// Enrols whatever finger the user presents; its template's ID.
OrStop<Bytes> EnrollFinger(Client& client);
/// Deletes a discoverable credential.
Outcome DeleteCredential(Client& client, ByteView credential_id);

}  // namespace keyrig::conformance
