#include "harness/station/station.h"

namespace keyrig::station {

std::string Outcome::Text() const {
  switch (kind) {
    case Kind::kGranted:
      return "granted";
    case Kind::kCtap:
      return "ctap " + code;
    case Kind::kAadsts:
      return "aadsts " + code;
    case Kind::kSecurityInfo:
      return "security_info " + code;
    case Kind::kGraph:
      return "graph " + code;
    case Kind::kNotOffered:
      return "not_offered " + code;
  }
  return {};
}

}  // namespace keyrig::station
