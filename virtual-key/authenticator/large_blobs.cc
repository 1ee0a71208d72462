#include <algorithm>

#include "virtual-key/authenticator/commands.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kMessageOverhead = 64;  // maxFragmentLength = maxMsgSize - 64
constexpr std::size_t kHashSize = 16;         // LEFT(SHA-256(array), 16) ends the array
constexpr std::size_t kMinSize = 1 + kHashSize;

/// authenticatorLargeBlobs' parameters (CTAP 2.3 §6.10.2); views into the decoded map.
struct LargeBlobsRequest {
  std::optional<std::uint64_t> get;     // 0x01, bytes
  std::optional<ByteView> set;          // 0x02, a fragment
  std::optional<std::uint64_t> offset;  // 0x03
  std::optional<std::uint64_t> length;  // 0x04, of the whole array
  PinUvAuthFields pin_uv_auth;          // 0x05, 0x06

  static Outcome<LargeBlobsRequest> From(const cbor::Value& map) {
    LargeBlobsRequest request;
    request.get = TRY(Optional<std::uint64_t>(map, 0x01));
    request.set = TRY(Optional<ByteView>(map, 0x02));
    request.offset = TRY(Optional<std::uint64_t>(map, 0x03));
    request.length = TRY(Optional<std::uint64_t>(map, 0x04));
    request.pin_uv_auth.param = TRY(Optional<ByteView>(map, 0x05));
    request.pin_uv_auth.protocol = TRY(Optional<std::uint64_t>(map, 0x06));
    return request;
  }
};

std::size_t MaxFragment(const State& state) {
  return state.config.max_message_size - kMessageOverhead;
}

Bytes HashOf(ByteView array) {
  const auto digest = crypto::Sha256(array);
  return ToBytes(ByteView(digest).first(kHashSize));
}

/// The array as it was written last; at first an empty CBOR array.
Bytes StoredArray(const State& state) {
  if (!state.device.large_blobs.empty()) return state.device.large_blobs;
  const Bytes empty_array = {0x80};
  return Concat({empty_array, HashOf(empty_array)});
}

Outcome<Bytes> Get(const State& state, const LargeBlobsRequest& request) {
  if (request.length || request.pin_uv_auth.param || request.pin_uv_auth.protocol) {
    return Err(Status::kInvalidParameter);
  }
  if (*request.get > MaxFragment(state)) return Err(Status::kInvalidLength);
  const Bytes stored = StoredArray(state);
  if (*request.offset > stored.size()) return Err(Status::kInvalidParameter);
  const ByteView rest = ByteView(stored).subspan(static_cast<std::size_t>(*request.offset));
  return cbor::Encode(
      cbor::Map{{0x01, rest.first(std::min<std::size_t>(*request.get, rest.size()))}});
}

/// What a fragment's place in the array rules out. A first fragment ends the write before it.
Outcome<void> CheckPlace(State& state, const LargeBlobsRequest& request,
                         const Transaction& transaction) {
  if (*request.offset == 0) {
    state.sequence.reset();
    if (!request.length) return Err(Status::kInvalidParameter);
    if (*request.length > *state.config.max_large_blob_array) {
      return Err(Status::kLargeBlobStorageFull);
    }
    if (*request.length < kMinSize) return Err(Status::kInvalidParameter);
    return {};
  }
  if (request.length) return Err(Status::kInvalidParameter);
  const auto* const write = state.Continue<LargeBlobWrite>(transaction);
  if (write == nullptr || *request.offset != write->written.size()) {
    return Err(Status::kInvalidSeq);
  }
  return {};
}

/// The protocol whose token allows the fragment; nothing where the key needs none.
Outcome<std::optional<PinUvAuthProtocolNumber>> Authorize(State& state,
                                                          const LargeBlobsRequest& request) {
  if (!state.IsProtected() && !state.AlwaysUv()) return std::optional<PinUvAuthProtocolNumber>();
  if (!request.pin_uv_auth.param) return Err(Status::kPuatRequired);
  PinUvAuthProtocol* const protocol = TRY(state.SelectProtocol(request.pin_uv_auth.protocol));
  Bytes message(32, 0xFF);
  Append(message, ByteArray<2>{0x0C, 0x00});
  for (int shift = 0; shift < 32; shift += 8) {
    message.push_back(static_cast<std::uint8_t>(*request.offset >> shift));
  }
  Append(message, crypto::Sha256(*request.set));
  if (!protocol->VerifyWithToken(message, *request.pin_uv_auth.param,
                                 state.environment.clock.Now()) ||
      !protocol->Token().Allows(permission::kLargeBlobWrite)) {
    return Err(Status::kPinAuthInvalid);
  }
  return std::optional(protocol->Number());
}

Outcome<Bytes> Set(State& state, const LargeBlobsRequest& request, const Transaction& transaction) {
  const ByteView fragment = *request.set;
  if (fragment.size() > MaxFragment(state)) return Err(Status::kInvalidLength);
  TRY(CheckPlace(state, request, transaction));
  const auto authorized_by = TRY(Authorize(state, request));
  if (*request.offset == 0) {
    state.Begin({.of = LargeBlobWrite{.expected_size = static_cast<std::size_t>(*request.length),
                                      .written = {}},
                 .authorized_by = authorized_by},
                transaction);
  }
  auto& write = std::get<LargeBlobWrite>(state.sequence->of);
  if (fragment.size() > write.expected_size - write.written.size()) {
    return Err(Status::kInvalidParameter);
  }
  Append(write.written, fragment);
  if (write.written.size() < write.expected_size) return Bytes();
  Bytes array = std::move(write.written);
  state.sequence.reset();
  const ByteView content = ByteView(array).first(array.size() - kHashSize);
  if (!Equal(HashOf(content), ByteView(array).last(kHashSize))) {
    return Err(Status::kIntegrityFailure);
  }
  state.device.large_blobs = std::move(array);
  TRY(state.Save());
  return Bytes();
}

}  // namespace

// CTAP 2.3 §6.10.2.
Outcome<Bytes> LargeBlobs(State& state, ByteView parameters, const Transaction& transaction) {
  if (!state.config.max_large_blob_array) return Err(Status::kInvalidCommand);
  const cbor::Value map = TRY(DecodeParameters(parameters));
  const auto request = TRY(LargeBlobsRequest::From(map));
  if (state.sequence && !std::holds_alternative<LargeBlobWrite>(state.sequence->of)) {
    state.sequence.reset();
  }
  if (!request.offset || request.get.has_value() == request.set.has_value()) {
    return Err(Status::kInvalidParameter);
  }
  // Reading leaves a write alone, as it is the same command.
  if (request.get) return Get(state, request);
  return Set(state, request, transaction);
}

}  // namespace keyrig::authenticator
