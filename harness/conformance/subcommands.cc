#include "harness/conformance/subcommands.h"

#include <fmt/format.h>

#include "harness/base/crypto.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"

namespace keyrig::conformance {
namespace {

Bytes EncodedOrNothing(const cbor::Map& parameters) {
  return parameters.empty() ? Bytes() : cbor::Encode(parameters);
}

/// pinUvAuthProtocol in the member before pinUvAuthParam's.
cbor::Map WithToken(const Client& client, cbor::Map request, int param_member, ByteView token,
                    ByteView data) {
  request = With(std::move(request), param_member - 1, client.Protocol());
  return With(std::move(request), param_member, AuthenticateWith(client.Protocol(), token, data));
}

cbor::Map WithSubCommand(int member, int sub_command, const cbor::Map& parameters) {
  cbor::Map request{{member, sub_command}};
  if (!parameters.empty()) request = With(std::move(request), member + 1, parameters);
  return request;
}

}  // namespace

cbor::Map CredentialManagementRequest(const Client& client, int sub_command,
                                      const cbor::Map& parameters, ByteView token) {
  const Bytes data =
      Concat({Bytes{static_cast<std::uint8_t>(sub_command)}, EncodedOrNothing(parameters)});
  return WithToken(client, WithSubCommand(1, sub_command, parameters), 4, token, data);
}

cbor::Map ConfigRequest(const Client& client, int sub_command, const cbor::Map& parameters,
                        ByteView token) {
  const Bytes data =
      Concat({Bytes(32, 0xFF), Bytes{kConfig, static_cast<std::uint8_t>(sub_command)},
              EncodedOrNothing(parameters)});
  return WithToken(client, WithSubCommand(1, sub_command, parameters), 4, token, data);
}

cbor::Map BioRequest(const Client& client, int sub_command, const cbor::Map& parameters,
                     ByteView token) {
  constexpr int kFingerprint = 1;
  const Bytes data = Concat(
      {Bytes{kFingerprint, static_cast<std::uint8_t>(sub_command)}, EncodedOrNothing(parameters)});
  cbor::Map request = WithSubCommand(2, sub_command, parameters);
  request = With(std::move(request), 1, kFingerprint);
  return WithToken(client, std::move(request), 5, token, data);
}

cbor::Map LargeBlobRequest(const Client& client, ByteView fragment, std::uint32_t offset,
                           std::optional<std::size_t> length, ByteView token) {
  cbor::Map request{{2, ToBytes(fragment)}, {3, offset}};
  if (length) request = With(std::move(request), 4, static_cast<std::uint64_t>(*length));
  if (token.empty()) return request;
  const Bytes little{static_cast<std::uint8_t>(offset), static_cast<std::uint8_t>(offset >> 8),
                     static_cast<std::uint8_t>(offset >> 16),
                     static_cast<std::uint8_t>(offset >> 24)};
  const Bytes data =
      Concat({Bytes(32, 0xFF), Bytes{kLargeBlobs, 0x00}, little, crypto::Sha256(fragment)});
  const int protocol = client.Protocol();
  request = With(std::move(request), 5, AuthenticateWith(protocol, token, data));
  return With(std::move(request), 6, protocol);
}

Outcome Configure(Client& client, int sub_command, const cbor::Map& parameters) {
  if (client.Pin()) {
    const Bytes token = TRY(Token(client, kAcfg));
    TRY(client.Ask(kConfig, ConfigRequest(client, sub_command, parameters, token)));
  } else {
    TRY(client.Ask(kConfig, WithSubCommand(1, sub_command, parameters)));
  }
  return client.ReadInfo();
}

OrStop<Bytes> EnrollFinger(Client& client) {
  const Bytes token = TRY(Token(client, kBe));
  cbor::Value answer = TRY(client.Ask(kBioEnrollment, BioRequest(client, kEnrollBegin, {}, token)));
  const Bytes* found = At(answer, 4).AsBytes();
  if (found == nullptr) return Failed("enrollBegin answered no templateId (0x04)");
  const Bytes id = *found;
  constexpr int kMostSamples = 50;
  for (int i = 0; i < kMostSamples; ++i) {
    const auto remaining = At(answer, 6).AsUnsigned();
    if (!remaining) return Failed("enrolling answered no remainingSamples (0x06)");
    if (*remaining == 0) {
      TRY(client.ReadInfo());
      return id;
    }
    answer =
        TRY(client.Ask(kBioEnrollment, BioRequest(client, kEnrollNext, cbor::Map{{1, id}}, token)));
  }
  return Failed(fmt::format("a finger is not enrolled after {} samples", kMostSamples));
}

Outcome DeleteCredential(Client& client, ByteView credential_id) {
  const Bytes token = TRY(Token(client, kCm));
  const cbor::Map parameters{{2, Descriptor(credential_id)}};
  TRY(client.Ask(kCredentialManagement,
                 CredentialManagementRequest(client, kDeleteCredential, parameters, token)));
  return {};
}

}  // namespace keyrig::conformance
