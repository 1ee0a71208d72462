// CTAP2 canonical CBOR (CTAP 2.3 §8): each way to break it, in each kind of request.
#include <algorithm>

#include "harness/conformance/altered.h"
#include "harness/conformance/credentials.h"

namespace keyrig::conformance {
namespace {

/// A canonical map taken apart, so that it can be put together wrongly.
struct Parts {
  std::uint8_t head = 0;
  Bytes first_key, first_value;
  Bytes second;  // the second member
  Bytes rest;    // all further ones

  Bytes All(std::uint8_t more = 0) const {
    return Concat(
        {Bytes{static_cast<std::uint8_t>(head + more)}, first_key, first_value, second, rest});
  }
  /// With an unknown member, whose key sorts after all that CTAP knows.
  Bytes WithMember(ByteView value) const {
    constexpr std::array<std::uint8_t, 2> kKey{0x18, 0x63};
    return Concat({All(1), kKey, value});
  }
};

std::size_t SizeOfFirst(ByteView bytes) {
  const auto item = cbor::DecodePrefix(bytes);
  return item ? item->size : 0;
}

Parts TakeApart(const cbor::Map& map) {
  const Bytes bytes = cbor::Encode(map);
  Parts parts;
  parts.head = bytes.front();
  ByteView left = ByteView(bytes).subspan(1);
  const auto take = [&] {
    const std::size_t size = SizeOfFirst(left);
    const Bytes item = ToBytes(left.first(size));
    left = left.subspan(size);
    return item;
  };
  parts.first_key = take();
  parts.first_value = take();
  const Bytes key = take();
  parts.second = Concat({key, take()});
  parts.rest = ToBytes(left);
  return parts;
}

struct Breach {
  const char* id;
  const char* shows;
  Bytes (*encode)(const Parts& parts);
  Statuses expected;
};

Bytes Hexed(std::string_view hex) { return FromHex(hex).value_or(Bytes()); }

const std::vector<Breach>& Breaches() {
  static const std::vector<Breach> breaches = {
      {"trailing_byte",
       "bytes after the map are refused",
       [](const Parts& parts) { return Concat({parts.All(), Bytes{0x00}}); },
       {kInvalidCbor}},
      {"truncated",
       "a map that ends early is refused",
       [](const Parts& parts) {
         Bytes bytes = parts.All();
         bytes.pop_back();
         return bytes;
       },
       {kInvalidCbor}},
      {"missing_member",
       "a map that announces a member too many is refused",
       [](const Parts& parts) { return parts.All(1); },
       {kInvalidCbor}},
      {"no_map",
       "a command without its parameter map is refused",
       [](const Parts&) { return Bytes(); },
       {kInvalidCbor, kMissingParameter, kInvalidLength, kUnexpectedType}},
      {"an_array",
       "an array in place of the map is refused",
       [](const Parts&) { return Hexed("8101"); },
       {kUnexpectedType, kInvalidCbor}},
      {"indefinite_map",
       "a map of indefinite length is refused",
       [](const Parts& parts) {
         Bytes bytes = Concat({parts.All(), Bytes{0xFF}});
         bytes.front() = 0xBF;
         return bytes;
       },
       {kInvalidCbor}},
      {"overlong_size",
       "a map whose size is written too long is refused",
       [](const Parts& parts) {
         const Bytes all = parts.All();
         return Concat(
             {Bytes{0xB8, static_cast<std::uint8_t>(parts.head & 0x1F)}, ByteView(all).subspan(1)});
       },
       {kInvalidCbor}},
      {"overlong_key",
       "an integer that is written too long is refused",
       [](const Parts& parts) {
         return Concat({Bytes{parts.head, 0x18}, parts.first_key, parts.first_value, parts.second,
                        parts.rest});
       },
       {kInvalidCbor}},
      {"duplicate_key",
       "a key that comes twice is refused",
       [](const Parts& parts) {
         return Concat({Bytes{static_cast<std::uint8_t>(parts.head + 1)}, parts.first_key,
                        parts.first_value, parts.first_key, parts.first_value, parts.second,
                        parts.rest});
       },
       {kInvalidCbor}},
      {"unsorted_keys",
       "keys out of order are refused",
       [](const Parts& parts) {
         return Concat(
             {Bytes{parts.head}, parts.second, parts.first_key, parts.first_value, parts.rest});
       },
       {kInvalidCbor}},
      {"tag",
       "a tagged value is refused",
       [](const Parts& parts) { return parts.WithMember(Hexed("c600")); },
       {kInvalidCbor}},
      {"indefinite_bytes",
       "a byte string of indefinite length is refused",
       [](const Parts& parts) { return parts.WithMember(Hexed("5f4100ff")); },
       {kInvalidCbor}},
      {"too_deep",
       "more than four nested levels are refused",
       [](const Parts& parts) { return parts.WithMember(Hexed("8181818100")); },
       {kInvalidCbor}},
      {"invalid_utf8",
       "a text that is no UTF-8 is refused",
       [](const Parts& parts) { return parts.WithMember(Hexed("61ff")); },
       {kInvalidCbor}},
      {"reserved_information",
       "reserved additional information is refused",
       [](const Parts& parts) { return parts.WithMember(Hexed("1c")); },
       {kInvalidCbor}},
      {"unassigned_simple",
       "an unassigned simple value is refused",
       [](const Parts& parts) { return parts.WithMember(Hexed("e0")); },
       {kInvalidCbor}},
  };
  return breaches;
}

struct Carrier {
  const char* id;
  Command command;
  GoodRequest request;
  std::vector<std::string> needs;
};

std::vector<Carrier> Carriers() {
  return {
      {"mc",
       kMakeCredential,
       [](Client& client) { return ByPin(client, Registration(client)); },
       {}},
      {"ga",
       kGetAssertion,
       [](Client& client) -> OrStop<cbor::Map> {
         const Made made = TRY(Register(client));
         return AssertionByPin(client, Allowing(Assertion(), {made.Id()}));
       },
       {}},
      {"pin",
       kClientPin,
       [](Client& client) -> OrStop<cbor::Map> {
         return cbor::Map{{1, client.Protocol()}, {2, 2}};
       },
       {"clientPin"}},
      {"large_blobs",
       kLargeBlobs,
       [](Client&) -> OrStop<cbor::Map> { return cbor::Map{{1, 17}, {3, 0}}; },
       {"is largeBlobs"}},
  };
}

Outcome PlayBreach(Client& client, const Carrier& carrier, const Breach& breach) {
  const cbor::Map good = TRY(carrier.request(client));
  const Parts parts = TakeApart(good);
  const Bytes command{carrier.command};
  const Reply refused = TRY(client.SendBytes(Concat({command, breach.encode(parts)})));
  if (std::ranges::find(breach.expected, refused.status) == breach.expected.end()) {
    return Failed("the key answered " + Text(refused.status) + " instead of " +
                  Text(breach.expected) + " to " + ToHex(breach.encode(parts)));
  }
  if (refused.asked.value_or(false))
    return Failed("the key asked for a touch before it looked at the request");
  // The twin: the request as it was, with an unknown member that is well-formed.
  const Bytes twin = parts.WithMember(Bytes{0x00});
  const Reply taken = TRY(client.SendBytes(Concat({command, twin})));
  return Check(taken.status == kOk, "its positive twin, well-formed and with an unknown member: " +
                                        Text(taken.status) + " to " + ToHex(twin));
}

}  // namespace

std::vector<Case> EncodingCases() {
  std::vector<Case> cases;
  for (const Carrier& carrier : Carriers()) {
    for (const Breach& breach : Breaches()) {
      Case each;
      each.id = std::string("cbor_") + carrier.id + "_" + breach.id;
      each.clause = "CTAP 2.3 §8 canonical CBOR";
      each.shows = breach.shows;
      each.needs = carrier.needs;
      each.play = [carrier, &breach](Client& client) {
        return PlayBreach(client, carrier, breach);
      };
      cases.push_back(std::move(each));
    }
  }
  return cases;
}

}  // namespace keyrig::conformance
