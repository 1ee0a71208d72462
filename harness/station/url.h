#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/result.h"

namespace keyrig::station {

/// The fields of a form or query, in order.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// An absolute URL (RFC 3986), parsed by libcurl.
class Url {
 public:
  /// An error names what is no absolute URL.
  static Result<Url, Error> Parse(std::string_view text);
  /// `reference`, absolute or relative, as a link on this URL's page means it.
  Result<Url, Error> Resolve(std::string_view reference) const;

  const std::string& Text() const { return text_; }
  const std::string& Scheme() const { return scheme_; }
  const std::string& Host() const { return host_; }  // lower case, without port
  const std::string& Path() const { return path_; }
  /// "https://login.microsoft.com", as WebAuthn and the Origin header have it.
  std::string Origin() const;
  /// The decoded value of the first query parameter, or parameter of the fragment, of that name.
  std::optional<std::string> QueryParameter(std::string_view name) const;
  std::optional<std::string> FragmentParameter(std::string_view name) const;
  /// Without the fragment, which is never sent.
  std::string WithoutFragment() const;

 private:
  std::string text_, scheme_, host_, port_, path_, query_, fragment_;
};

/// application/x-www-form-urlencoded.
std::string FormEncode(const Fields& fields);
Fields FormDecode(std::string_view encoded);
std::string PercentEncode(std::string_view text);
/// `base` with the fields added to its query.
std::string WithQuery(std::string_view base, const Fields& fields);

}  // namespace keyrig::station
