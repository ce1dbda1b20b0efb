#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/json_tree.hpp"

namespace limsym::data {

namespace {

double as_number(const Json& value) {
    return value.get<double>();
}

/// The whole number that a value is, if it is one that fits.
std::optional<long long> as_integer(const Json& value) {
    if (value.is_number_unsigned()) {
        const auto natural = value.get<std::uint64_t>();
        if (natural > static_cast<std::uint64_t>(std::numeric_limits<long long>::max())) return std::nullopt;
        return static_cast<long long>(natural);
    }
    if (value.is_number_integer()) return value.get<long long>();
    if (!value.is_number()) return std::nullopt;
    const double number = as_number(value);
    if (number != std::trunc(number) || std::abs(number) >= 0x1p63) return std::nullopt;
    return static_cast<long long>(number);
}

} // namespace

ObjectReader::ObjectReader(const Json& value, std::string file, std::string pointer)
    : value_(&value), file_(std::move(file)), pointer_(std::move(pointer)) {
    if (!value.is_object()) fail("", "is " + kind_of(value) + "; expected an object");
}

bool ObjectReader::has(const std::string& key) const {
    return value_->contains(key);
}

const Json* ObjectReader::find(const std::string& key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    const auto found = value_->find(key);
    return found == value_->end() ? nullptr : &*found;
}

const Json& ObjectReader::at(const std::string& key) {
    const Json* found = find(key);
    if (found == nullptr) fail("", "the key " + key + " is missing");
    return *found;
}

double ObjectReader::number(const std::string& key, std::optional<double> absent, const Test& ok,
                            const std::string& expected) {
    const std::optional<double> found = optional_number(key, ok, expected);
    if (found) return *found;
    if (!absent) fail("", "the key " + key + " is missing; expected " + expected);
    return *absent;
}

std::optional<double> ObjectReader::optional_number(const std::string& key, const Test& ok,
                                                    const std::string& expected) {
    const Json* found = find(key);
    if (found == nullptr) return std::nullopt;
    if (!found->is_number()) {
        const std::string range = expected == "a number" ? expected : "a number " + expected;
        fail(key, "is " + kind_of(*found) + "; expected " + range);
    }
    const double value = as_number(*found);
    if (ok && !ok(value)) fail(key, base::number_text(value) + " is out of range; expected " + expected);
    return value;
}

long long ObjectReader::integer(const std::string& key, std::optional<long long> absent, long long least,
                                long long most) {
    const Json* found = find(key);
    const bool bounded = most != std::numeric_limits<long long>::max();
    const std::string expected =
        "a whole number " +
        (bounded ? "from " + std::to_string(least) + " to " + std::to_string(most) : ">= " + std::to_string(least));
    if (found == nullptr) {
        if (!absent) fail("", "the key " + key + " is missing; expected " + expected);
        return *absent;
    }
    const std::optional<long long> value = as_integer(*found);
    if (value && *value >= least && *value <= most) return *value;
    if (found->is_number()) fail(key, to_text(*found) + " is out of range; expected " + expected);
    fail(key, "is " + kind_of(*found) + "; expected " + expected);
}

std::string ObjectReader::string(const std::string& key, std::optional<std::string> absent) {
    const Json* found = find(key);
    if (found == nullptr) {
        if (!absent) fail("", "the key " + key + " is missing; expected a string");
        return *absent;
    }
    if (!found->is_string()) fail(key, "is " + kind_of(*found) + "; expected a string");
    return found->get<std::string>();
}

std::string ObjectReader::choice(const std::string& key, const std::vector<std::string>& allowed,
                                 std::optional<std::string> absent) {
    std::string word = string(key, std::move(absent));
    if (std::find(allowed.begin(), allowed.end(), word) != allowed.end() || !has(key)) return word;
    const std::string hint = base::did_you_mean(word, allowed);
    fail(key, base::quoted(word) + " is unknown" + (hint.empty() ? "; expected one of " + base::join(allowed) : hint));
}

bool ObjectReader::boolean(const std::string& key, bool absent) {
    const Json* found = find(key);
    if (found == nullptr) return absent;
    if (!found->is_boolean()) fail(key, "is " + kind_of(*found) + "; expected true or false");
    return found->get<bool>();
}

std::vector<double> ObjectReader::numbers(const std::string& key) {
    const Json& array = at(key);
    if (!array.is_array()) fail(key, "is " + kind_of(array) + "; expected an array of numbers");
    std::vector<double> values;
    values.reserve(array.size());
    for (const Json& item : array) {
        if (!item.is_number())
            throw base::InputError(base::at_pointer(file_, pointer_to(key) + "/" + std::to_string(values.size())),
                                   "is " + kind_of(item) + "; expected a number");
        values.push_back(as_number(item));
    }
    return values;
}

void ObjectReader::schema(const std::string& wanted, bool required) {
    const Json* found = find("schema");
    if (found == nullptr) {
        if (required) fail("", "the key schema is missing; expected \"" + wanted + "\"");
        return;
    }
    if (!found->is_string()) fail("schema", "is " + kind_of(*found) + "; expected \"" + wanted + "\"");
    const auto& name = found->get_ref<const std::string&>();
    if (name == wanted) return;
    const std::string family = wanted.substr(0, wanted.find('@') + 1);
    fail("schema", base::quoted(name) +
                       (name.starts_with(family) ? " is an unknown version" : " is another kind of document") +
                       "; expected " + wanted);
}

void ObjectReader::finish() const {
    for (const auto& [key, member] : value_->get_ref<const Json::object_t&>()) {
        if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
        const std::string hint = base::did_you_mean(key, known_);
        fail(key, "unknown key" + (!hint.empty()    ? hint
                                   : known_.empty() ? std::string("; expected none")
                                                    : "; expected one of " + base::join(known_)));
    }
}

std::string ObjectReader::pointer_to(const std::string& key) const {
    return pointer_ + "/" + pointer_step(key);
}

void ObjectReader::fail(const std::string& key, const std::string& message) const {
    throw base::InputError(base::at_pointer(file_, base::printable(key.empty() ? pointer_ : pointer_to(key))), message);
}

} // namespace limsym::data
