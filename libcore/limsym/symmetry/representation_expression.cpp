#include <algorithm>
#include <cctype>
#include <optional>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/symmetry/representation.hpp"

namespace limsym::symmetry {

namespace {

constexpr std::size_t deepest = 64;

class Parser {
public:
    Parser(const std::string& text, const LinearAction& group, const std::string& place)
        : text_(text), group_(group), place_(place) {}

    Representation parse() {
        Representation rep = sum();
        if (at_ < text_.size())
            fail(at_, "unexpected " + base::quoted(text_.substr(at_, 1)), "'+', '*', '^', ''' or the end");
        return rep;
    }

private:
    [[noreturn]] void fail(std::size_t at, const std::string& what, const std::string& expected) const {
        throw base::InputError(place_, base::quoted(text_) + ": " + what + " at character " + std::to_string(at + 1) +
                                           "; expected " + expected);
    }
    void skip_blanks() {
        while (at_ < text_.size() && text_[at_] == ' ')
            ++at_;
    }
    [[nodiscard]] bool take(char c) {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        skip_blanks();
        return true;
    }
    [[nodiscard]] bool sees_digit() const {
        return at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
    }
    std::size_t number(const std::string& what, std::size_t least, std::size_t most) {
        skip_blanks();
        const std::size_t begin = at_;
        while (sees_digit())
            ++at_;
        const auto value = base::parse_integer(text_.substr(begin, at_ - begin));
        const std::string range = what + " of " + std::to_string(least) + ".." + std::to_string(most);
        if (at_ == begin) fail(begin, what + " is missing", range);
        if (!value || *value < static_cast<std::int64_t>(least) || *value > static_cast<std::int64_t>(most))
            fail(begin, base::quoted(text_.substr(begin, at_ - begin)) + " is out of range", range);
        return static_cast<std::size_t>(*value);
    }
    void check_size(double size, std::size_t at) const {
        if (size > static_cast<double>(largest_representation))
            fail(at, "the space is too large", "at most 2^40 dimensions");
    }
    Representation times(const Representation& left, const Representation& right, std::size_t at) const {
        check_size(static_cast<double>(left.size()) * static_cast<double>(right.size()), at);
        return tensor_product(left, right);
    }
    Representation power(const Representation& rep, std::size_t exponent, std::size_t at) const {
        Representation result{ScalarRep{}, 1};
        for (std::size_t k = 0; k < exponent; ++k)
            result = times(result, rep, at);
        return result;
    }

    Representation sum() {
        std::vector<Representation> terms{product()};
        std::size_t size = terms.front().size();
        for (;;) {
            skip_blanks();
            const std::size_t sign = at_;
            if (!take('+')) break;
            terms.push_back(product());
            size += terms.back().size();
            check_size(static_cast<double>(size), sign);
        }
        if (terms.size() == 1) return terms.front();
        return {SumRep{std::move(terms)}, size};
    }
    Representation product() {
        Representation left = copies();
        for (;;) {
            skip_blanks();
            const std::size_t sign = at_;
            if (!take('*')) return left;
            left = times(left, copies(), sign);
        }
    }
    Representation copies() {
        skip_blanks();
        const std::size_t begin = at_;
        if (!sees_digit()) return postfix();
        const std::size_t count = number("a number of copies", 1, 1'000'000);
        static_cast<void>(take('*'));
        if (++depth_ > deepest) fail(begin, "nested too deeply", "at most 64 levels");
        Representation of = copies();
        --depth_;
        check_size(static_cast<double>(count) * static_cast<double>(of.size()), begin);
        const std::size_t size = count * of.size();
        if (count == 1) return of;
        return {CopiesRep{count, std::make_shared<const Representation>(std::move(of))}, size};
    }
    Representation postfix() {
        Representation rep = primary();
        for (;;) {
            skip_blanks();
            const std::size_t sign = at_;
            if (take('\'')) {
                rep = dual(rep);
            } else if (take('^')) {
                rep = power(rep, number("an exponent", 0, 40), sign);
            } else {
                return rep;
            }
        }
    }
    [[nodiscard]] Representation vectors() const {
        if (!group_.is_product()) return {VectorRep{}, group_.d};
        Representation rep{ScalarRep{}, 1};
        for (std::size_t k = 0; k < group_.parts.size(); ++k)
            rep = tensor_product(rep, {VectorRep{k, false}, group_.parts[k].d});
        return rep;
    }
    Representation primary() {
        skip_blanks();
        const std::size_t begin = at_;
        if (take('(')) {
            if (++depth_ > deepest) fail(begin, "nested too deeply", "at most 64 levels");
            Representation inside = sum();
            if (!take(')')) fail(at_, "')' is missing", "')' for '(' at character " + std::to_string(begin + 1));
            --depth_;
            return inside;
        }
        const char letter = begin < text_.size() ? text_[begin] : '\0';
        if (letter == 'S') {
            ++at_;
            return {ScalarRep{}, 1};
        }
        if (letter == 'T') {
            ++at_;
            if (!take('(')) fail(at_, "'(' is missing", "T(p) or T(p,q)");
            const std::size_t p = number("a rank", 0, 40);
            const std::size_t q = take(',') ? number("a rank", 0, 40) : 0;
            if (!take(')')) fail(at_, "')' is missing", "')'");
            return times(power(vectors(), p, begin), power(dual(vectors()), q, begin), begin);
        }
        if (letter == 'V') {
            ++at_;
            if (!sees_digit()) return vectors();
            if (!group_.is_product())
                fail(begin,
                     base::quoted(text_.substr(begin, 2)) + " needs a product group, which " + group_.name + " is not,",
                     "V, or a --group such as 'SO(3)xS(5)'");
            const std::size_t factor = number("a factor", 1, group_.parts.size());
            return {VectorRep{factor - 1, false}, group_.parts[factor - 1].d};
        }
        fail(begin,
             letter == '\0' ? "a representation is missing" : "unexpected " + base::quoted(text_.substr(begin, 1)),
             "S, V, T(p,q), a number of copies or '('");
    }

    const std::string& text_;
    const LinearAction& group_;
    const std::string& place_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

} // namespace

Representation parse_representation(const std::string& text, const LinearAction& group, const std::string& place) {
    return Parser(text, group, place).parse();
}

} // namespace limsym::symmetry
