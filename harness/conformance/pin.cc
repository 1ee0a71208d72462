#include "harness/conformance/pin.h"

#include <fmt/format.h>

#include "harness/base/crypto.h"

namespace keyrig::conformance {
namespace {

constexpr int kProtocolMember = 0x01;
constexpr int kSubCommandMember = 0x02;
constexpr int kKeyMember = 0x03;
constexpr int kParamMember = 0x04;
constexpr int kNewPinMember = 0x05;
constexpr int kPinHashMember = 0x06;
constexpr int kPermissionsMember = 0x09;
constexpr int kRpMember = 0x0A;

OrStop<Bytes> DecryptedToken(const PinProtocol& protocol, const cbor::Value& answer) {
  const Bytes* encrypted = At(answer, 2).AsBytes();
  if (encrypted == nullptr) return Failed("the answer has no pinUvAuthToken");
  Bytes token = TRY(protocol.Decrypt(*encrypted));
  // CTAP 2.3 §6.5.6: 16 or 32 bytes under protocol 1; §6.5.7: 32 under 2.
  if (token.size() == 32 || (token.size() == 16 && protocol.Number() == 1)) return token;
  return Failed(fmt::format("the pinUvAuthToken has {} bytes", token.size()));
}

}  // namespace

OrStop<PinProtocol> Agree(Client& client) {
  const int number = client.Protocol();
  const cbor::Value answer = TRY(
      client.Ask(kClientPin, {{kProtocolMember, number}, {kSubCommandMember, kGetKeyAgreement}}));
  return PinProtocol::Agree(number, At(answer, 1), client.Random("platform_key"));
}

Bytes Padded(std::string_view pin) {
  Bytes padded = ToBytes(pin);
  padded.resize(64, 0);
  return padded;
}

Bytes PinHash(std::string_view pin) {
  const auto hash = crypto::Sha256(ViewOf(pin));
  return ToBytes(ByteView(hash).first(16));
}

OrStop<cbor::Map> SetPinRequest(Client& client, std::string_view pin) {
  auto protocol = TRY(Agree(client));
  const Bytes encrypted = protocol.Encrypt(Padded(pin));
  return cbor::Map{{kProtocolMember, protocol.Number()},
                   {kSubCommandMember, kSetPin},
                   {kKeyMember, protocol.Key()},
                   {kParamMember, protocol.Authenticate(encrypted)},
                   {kNewPinMember, encrypted}};
}

OrStop<cbor::Map> ChangePinRequest(Client& client, std::string_view from, std::string_view to) {
  auto protocol = TRY(Agree(client));
  const Bytes encrypted = protocol.Encrypt(Padded(to));
  const Bytes hash = protocol.Encrypt(PinHash(from));
  return cbor::Map{{kProtocolMember, protocol.Number()},
                   {kSubCommandMember, kChangePin},
                   {kKeyMember, protocol.Key()},
                   {kParamMember, protocol.Authenticate(Concat({encrypted, hash}))},
                   {kNewPinMember, encrypted},
                   {kPinHashMember, hash}};
}

OrStop<cbor::Map> TokenRequest(PinProtocol& protocol, const Client& client, std::string_view pin,
                               int permissions, const std::string& rp) {
  const bool has_permissions = client.KeyInfo().Is("pinUvAuthToken");
  cbor::Map request{
      {kProtocolMember, protocol.Number()},
      {kSubCommandMember, has_permissions ? kGetPinTokenWithPermissions : kGetPinToken},
      {kKeyMember, protocol.Key()},
      {kPinHashMember, protocol.Encrypt(PinHash(pin))}};
  if (!has_permissions) return request;
  request = With(request, kPermissionsMember, permissions);
  if (!rp.empty()) request = With(request, kRpMember, rp);
  return request;
}

Outcome SetPin(Client& client, std::string_view pin) {
  const cbor::Map request = TRY(SetPinRequest(client, pin));
  TRY(client.Ask(kClientPin, request));
  client.KnowPin(std::string(pin));
  return client.ReadInfo();
}

OrStop<Bytes> Token(Client& client, int permissions, const std::string& rp) {
  if (!client.Pin()) return Failed("the bench knows no PIN of this key");
  auto protocol = TRY(Agree(client));
  const cbor::Map request = TRY(TokenRequest(protocol, client, *client.Pin(), permissions, rp));
  return DecryptedToken(protocol, TRY(client.Ask(kClientPin, request)));
}

OrStop<Bytes> TokenByUv(Client& client, int permissions, const std::string& rp) {
  const auto protocol = TRY(Agree(client));
  cbor::Map request{{kProtocolMember, protocol.Number()},
                    {kSubCommandMember, kGetUvToken},
                    {kKeyMember, protocol.Key()},
                    {kPermissionsMember, permissions}};
  if (!rp.empty()) request = With(request, kRpMember, rp);
  return DecryptedToken(protocol, TRY(client.Ask(kClientPin, request)));
}

OrStop<std::uint64_t> PinRetries(Client& client) {
  const cbor::Value answer = TRY(client.Ask(kClientPin, {{kSubCommandMember, kGetPinRetries}}));
  const auto retries = At(answer, 3).AsUnsigned();
  if (!retries) return Failed("getPINRetries answered no pinRetries: " + cbor::Diagnose(answer));
  return *retries;
}

cbor::Map Authorized(const Client& client, cbor::Map request, ByteView token, ByteView data,
                     int param) {
  const int number = client.Protocol();
  request = With(std::move(request), param, AuthenticateWith(number, token, data));
  return With(std::move(request), param + 1, number);
}

}  // namespace keyrig::conformance
