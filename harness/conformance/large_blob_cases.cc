// authenticatorLargeBlobs (CTAP 2.3 §6.10).
#include <fmt/format.h>

#include <algorithm>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kBlobsClause = "CTAP 2.3 §6.10.2";
constexpr std::size_t kChecksum = 16;

/// A serialized array whose checksum is right; `size` bytes in all.
Bytes Serialized(std::size_t size) {
  // One byte string in an array of one: 81 59 hh ll …
  Bytes bytes{0x81, 0x59};
  const std::size_t content = size - kChecksum - 4;
  Append(bytes, BigEndian16(static_cast<std::uint16_t>(content)));
  bytes.resize(bytes.size() + content, 0x5C);
  const auto hash = crypto::Sha256(bytes);
  Append(bytes, ByteView(hash).first(kChecksum));
  return bytes;
}

Bytes Initial() { return FromHex("8076be8b528d0075f7aae98d6fa57a6d3c").value_or(Bytes()); }

std::size_t MaxFragment(const Client& client) { return client.KeyInfo().MaxMessageSize() - 64; }

OrStop<Bytes> ReadAll(Client& client) {
  Bytes all;
  while (true) {
    const cbor::Value answer =
        TRY(client.Ask(kLargeBlobs, {{1, static_cast<std::uint64_t>(MaxFragment(client))},
                                     {3, static_cast<std::uint64_t>(all.size())}}));
    const Bytes* part = At(answer, 1).AsBytes();
    if (part == nullptr) return Failed("get answered no config (0x01)");
    Append(all, *part);
    if (part->size() < MaxFragment(client)) return all;
  }
}

/// Writes in as many fragments as it takes.
OrStop<Reply> WriteAll(Client& client, ByteView array, ByteView token, std::size_t step = 0) {
  if (step == 0) step = MaxFragment(client);
  Reply reply;
  for (std::size_t offset = 0; offset < array.size(); offset += step) {
    const ByteView part = array.subspan(offset, std::min(step, array.size() - offset));
    const auto length = offset == 0 ? std::optional(array.size()) : std::nullopt;
    reply = TRY(client.Send(
        kLargeBlobs,
        LargeBlobRequest(client, part, static_cast<std::uint32_t>(offset), length, token)));
    if (reply.status != kOk) return reply;
  }
  return reply;
}

OrStop<Bytes> Lbw(Client& client) {
  if (!client.Pin()) return Bytes();
  return Token(client, kLbw);
}

Outcome Reads(Client& client) {
  return Check(TRY(ReadAll(client)) == Initial(), "a new key's array is not the empty one");
}

Outcome Writes(Client& client, std::size_t size, std::size_t step) {
  const Bytes array = Serialized(size);
  const Reply reply = TRY(WriteAll(client, array, TRY(Lbw(client)), step));
  TRY(Check(reply.status == kOk, "writing answered " + Text(reply.status)));
  TRY(Check(!reply.asked.value_or(false), "writing asked for a touch"));
  TRY(Check(TRY(ReadAll(client)) == array, "what is read is not what was written"));
  TRY(client.PowerCycle());
  return Check(TRY(ReadAll(client)) == array, "a power cycle lost the array");
}

Outcome WritesInParts(Client& client) { return Writes(client, 900, 200); }

Outcome WritesAllThatFits(Client& client) {
  const auto size = client.KeyInfo().Number(0x0B).value_or(1024);
  return Writes(client, std::min<std::size_t>(size, 60'000), 0);
}

Outcome TooBig(Client& client) {
  const auto size = client.KeyInfo().Number(0x0B).value_or(1024);
  const Bytes first(100, 1);
  TRY(client.Refuses(kLargeBlobs, LargeBlobRequest(client, first, 0, size + 1, TRY(Lbw(client))),
                     {kLargeBlobStorageFull}));
  return WritesInParts(client);
}

Outcome WrongChecksum(Client& client) {
  Bytes array = Serialized(100);
  array.back() ^= 1;
  const Bytes token = TRY(Lbw(client));
  const Reply reply = TRY(WriteAll(client, array, token));
  TRY(Check(reply.status == kIntegrityFailure, "a wrong checksum is " + Text(reply.status)));
  TRY(Check(TRY(ReadAll(client)) == Initial(), "a wrong checksum cost the old array"));
  return WritesInParts(client);
}

Outcome WrongOffset(Client& client) {
  const Bytes array = Serialized(300);
  const Bytes token = TRY(Lbw(client));
  const ByteView all(array);
  TRY(client.Ask(kLargeBlobs, LargeBlobRequest(client, all.first(100), 0, 300, token)));
  TRY(client.Refuses(kLargeBlobs,
                     LargeBlobRequest(client, all.subspan(200, 100), 200, std::nullopt, token),
                     {kInvalidSeq}));
  return WritesInParts(client);
}

Outcome ContinuesNothing(Client& client) {
  const Bytes token = TRY(Lbw(client));
  TRY(client.Refuses(kLargeBlobs, LargeBlobRequest(client, Bytes(50, 1), 100, std::nullopt, token),
                     {kInvalidSeq}));
  return WritesInParts(client);
}

Outcome MoreThanAnnounced(Client& client) {
  const Bytes array = Serialized(300);
  const Bytes token = TRY(Lbw(client));
  TRY(client.Refuses(kLargeBlobs, LargeBlobRequest(client, array, 0, 200, token),
                     {kInvalidParameter}));
  return WritesInParts(client);
}

Outcome UnfinishedWriteKeepsOld(Client& client) {
  const Bytes array = Serialized(300);
  const Bytes token = TRY(Lbw(client));
  TRY(client.Ask(kLargeBlobs, LargeBlobRequest(client, ByteView(array).first(100), 0, 300, token)));
  TRY(Check(TRY(ReadAll(client)) == Initial(), "an unfinished write shows"));
  TRY(client.PowerCycle());
  TRY(Check(TRY(ReadAll(client)) == Initial(), "an unfinished write outlived a power cycle"));
  return WritesInParts(client);
}

Outcome ReadsParts(Client& client) {
  const Bytes initial = Initial();
  const cbor::Value part = TRY(client.Ask(kLargeBlobs, {{1, 5}, {3, 10}}));
  TRY(Check(At(part, 1) == cbor::Value(ByteView(initial).subspan(10, 5)),
            "5 bytes at 10 are " + cbor::Diagnose(part)));
  const cbor::Value rest = TRY(client.Ask(kLargeBlobs, {{1, 100}, {3, 10}}));
  TRY(Check(At(rest, 1) == cbor::Value(ByteView(initial).subspan(10)),
            "the rest at 10 is " + cbor::Diagnose(rest)));
  const cbor::Value end = TRY(client.Ask(kLargeBlobs, {{1, 5}, {3, 17}}));
  TRY(Check(At(end, 1) == cbor::Value(Bytes()), "at the end there is " + cbor::Diagnose(end)));
  const cbor::Value none = TRY(client.Ask(kLargeBlobs, {{1, 0}, {3, 0}}));
  return Check(At(none, 1) == cbor::Value(Bytes()), "0 bytes are " + cbor::Diagnose(none));
}

Outcome FragmentTooLong(Client& client, bool write) {
  const std::size_t size = MaxFragment(client) + 1;
  if (write) {
    const cbor::Map request = LargeBlobRequest(client, Bytes(size, 1), 0, size, TRY(Lbw(client)));
    TRY(client.Refuses(kLargeBlobs, request, {kInvalidLength, kRequestTooLarge}));
    return WritesInParts(client);
  }
  TRY(client.Refuses(kLargeBlobs, {{1, static_cast<std::uint64_t>(size)}, {3, 0}},
                     {kInvalidLength}));
  return Reads(client);
}

std::vector<AlteredRequest> GetRows() {
  const Statuses parameter = {kInvalidParameter};
  return {
      {"without_offset", kBlobsClause, "offset (0x03) is required", Drop(3), parameter},
      {"get_and_set", kBlobsClause, "get and set exclude each other", Put(2, Bytes(20, 1)),
       parameter},
      {"neither", kBlobsClause, "one of get and set is needed", Drop(1), parameter},
      {"get_with_length", kBlobsClause, "get has no length", Put(4, 17), parameter},
      {"get_with_param", kBlobsClause, "get has no pinUvAuthParam", Put(5, Bytes(32, 1)),
       parameter},
      {"get_with_protocol", kBlobsClause, "get has no pinUvAuthProtocol", Put(6, 2), parameter},
      {"get_beyond_end", kBlobsClause, "an offset beyond the end is refused", Put(3, 60'000),
       parameter},
      {"get_is_text", kBlobsClause, "get is an unsigned integer", Put(1, "17"), {kUnexpectedType}},
      {"offset_is_text",
       kBlobsClause,
       "offset is an unsigned integer",
       Put(3, "0"),
       {kUnexpectedType}},
  };
}

std::vector<AlteredRequest> SetRows() {
  return {
      {"set_without_length",
       kBlobsClause,
       "the first fragment tells the length",
       Drop(4),
       {kInvalidParameter}},
      {"set_too_short",
       kBlobsClause,
       "an array has 17 bytes at least",
       Put(4, 16),
       {kInvalidParameter}},
      {"set_is_text", kBlobsClause, "set is a byte string", Put(2, "x"), {kUnexpectedType}},
      {"set_without_param",
       kBlobsClause,
       "with a PIN set it is PUAT_REQUIRED",
       Drop(5),
       {kPuatRequired}},
      {"set_without_protocol",
       kBlobsClause,
       "pinUvAuthProtocol (0x06) is required",
       Drop(6),
       {kMissingParameter}},
      {"set_unknown_protocol",
       kBlobsClause,
       "an unknown protocol is refused",
       Put(6, 9),
       {kInvalidParameter}},
      {"set_wrong_param",
       kBlobsClause,
       "a wrong pinUvAuthParam is PIN_AUTH_INVALID",
       Put(5, Bytes(32, 1)),
       {kPinAuthInvalid}},
      {"set_other_fragment",
       kBlobsClause,
       "pinUvAuthParam is of this fragment",
       Put(2, Bytes(17, 9)),
       {kPinAuthInvalid}},
  };
}

Outcome NeedsLbw(Client& client) {
  const Bytes token = TRY(Token(client, kGa, kRp));
  TRY(client.Refuses(kLargeBlobs, LargeBlobRequest(client, Initial(), 0, 17, token),
                     {kPinAuthInvalid}));
  return WritesInParts(client);
}

Outcome LbwSurvivesATouch(Client& client) {
  const Bytes token = TRY(Token(client, kMc | kLbw, kRp));
  TRY(Make(client, RegistrationWith(client, Registration(client), token)));
  const Reply reply = TRY(WriteAll(client, Serialized(100), token));
  return Check(reply.status == kOk, "after makeCredential writing is " + Text(reply.status));
}

}  // namespace

std::vector<Case> LargeBlobCases() {
  std::vector<Case> cases = {
      {"blobs_initial", kBlobsClause, "a new key has the empty array", Reads, Start::kFresh},
      {"blobs_read_parts", kBlobsClause, "any part can be read, also an empty one", ReadsParts,
       Start::kFresh},
      {"blobs_write",
       kBlobsClause,
       "an array is written in parts and kept",
       WritesInParts,
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_write_without_pin",
       kBlobsClause,
       "without a PIN writing needs no token",
       WritesInParts,
       Start::kFresh,
       {"no is alwaysUv"},
       true},
      {"blobs_write_all",
       kBlobsClause,
       "an array of maxSerializedLargeBlobArray fits",
       WritesAllThatFits,
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_too_big",
       kBlobsClause,
       "a bigger one is LARGE_BLOB_STORAGE_FULL",
       TooBig,
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_checksum",
       kBlobsClause,
       "a wrong checksum keeps the old array",
       WrongChecksum,
       Start::kFresh,
       {"no is alwaysUv"},
       true},
      {"blobs_offset",
       kBlobsClause,
       "a fragment that is left out is INVALID_SEQ",
       WrongOffset,
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_continue_nothing",
       kBlobsClause,
       "a fragment without a first one is INVALID_SEQ",
       ContinuesNothing,
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_more_than_announced",
       kBlobsClause,
       "more than was announced is refused",
       MoreThanAnnounced,
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_unfinished",
       kBlobsClause,
       "an unfinished write changes nothing",
       UnfinishedWriteKeepsOld,
       Start::kFresh,
       {"no is alwaysUv"},
       true},
      {"blobs_get_too_long", kBlobsClause, "get above maxFragmentLength is INVALID_LENGTH",
       [](Client& client) { return FragmentTooLong(client, false); }, Start::kFresh},
      {"blobs_set_too_long",
       kBlobsClause,
       "a fragment above maxFragmentLength is refused",
       [](Client& client) { return FragmentTooLong(client, true); },
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_permission",
       kBlobsClause,
       "the token needs permission lbw",
       NeedsLbw,
       Start::kPin,
       {"clientPin"},
       true},
      {"blobs_lbw_stays",
       "CTAP 2.3 §6.1.2 step 14",
       "a touch leaves permission lbw",
       LbwSurvivesATouch,
       Start::kPin,
       {"clientPin"},
       true},
  };
  AppendTo(cases,
           Refusals({"blobs", kLargeBlobs,
                     [](Client&) -> OrStop<cbor::Map> { return cbor::Map{{1, 17}, {3, 0}}; }},
                    GetRows()));
  AppendTo(cases, Refusals({"blobs",
                            kLargeBlobs,
                            [](Client& client) -> OrStop<cbor::Map> {
                              return LargeBlobRequest(client, Initial(), 0, 17,
                                                      TRY(Token(client, kLbw)));
                            },
                            Start::kPin,
                            {"clientPin"},
                            true},
                           SetRows()));
  for (Case& each : cases) each.needs.emplace_back("is largeBlobs");
  cases.push_back({"blobs_unsupported",
                   "CTAP 2.3 §8.1",
                   "a key without the option largeBlobs does not know the command",
                   [](Client& client) {
                     return client.Refuses(kLargeBlobs, {{1, 17}, {3, 0}}, {kInvalidCommand});
                   },
                   Start::kAny,
                   {"no is largeBlobs"}});
  return cases;
}

}  // namespace keyrig::conformance
