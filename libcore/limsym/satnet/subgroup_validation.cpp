#include "limsym/satnet/subgroup_validation.hpp"

#include <utility>

namespace limsym::satnet {

namespace {

using symmetry::Group;
/// Puts a node in its place in the expression, I in all others.
using Placement = std::function<Group(const Group&)>;

bool is_trivial(const Group& group) {
    return std::holds_alternative<symmetry::TrivialGroup>(group.form().value) || group.degree() == 1;
}

/// The operation on parts that were validated; I when both are.
template <typename Combine>
Group combined(const Group& left, const Group& right, const Combine& combine) {
    Group whole = combine(left, right);
    return is_trivial(left) && is_trivial(right) ? symmetry::trivial_group(whole.degree()) : whole;
}

class Validation {
public:
    Validation(double baseline_error, double tolerate, const std::function<double(const Group&)>& error_of)
        : baseline_error_(baseline_error), tolerate_(tolerate), error_of_(error_of) {}

    Group validate(const Group& node, const Placement& placed) {
        if (is_trivial(node)) return symmetry::trivial_group(node.degree());
        const double error = error_of_(placed(node));
        const bool keep = error <= baseline_error_ + tolerate_;
        const std::size_t at = verdicts_.size();
        verdicts_.push_back({symmetry::to_text(node), SubgroupDecision::keep, baseline_error_, error});
        if (keep) return node;
        verdicts_[at].decision = SubgroupDecision::split;
        return std::visit([&](const auto& form) { return split(form, node, placed, at); }, node.form().value);
    }

    [[nodiscard]] std::vector<SubgroupVerdict> take() { return std::move(verdicts_); }

private:
    template <typename Combine>
    Group both(const Group& left, const Group& right, const Placement& placed, const Combine& combine) {
        const Group no_left = symmetry::trivial_group(left.degree());
        const Group no_right = symmetry::trivial_group(right.degree());
        const Group first = validate(left, [&](const Group& part) { return placed(combine(part, no_right)); });
        const Group second = validate(right, [&](const Group& part) { return placed(combine(no_left, part)); });
        return combined(first, second, combine);
    }

    Group split(const symmetry::DirectSum& form, const Group& /*node*/, const Placement& placed, std::size_t /*at*/) {
        return both(form.left, form.right, placed, symmetry::direct_sum);
    }
    Group split(const symmetry::GroupProduct& form, const Group& /*node*/, const Placement& placed,
                std::size_t /*at*/) {
        return both(form.left, form.right, placed, symmetry::group_product);
    }
    Group split(const symmetry::WreathProduct& form, const Group& /*node*/, const Placement& placed,
                std::size_t /*at*/) {
        return both(form.inner, form.outer, placed, symmetry::wreath_product);
    }
    Group split(const symmetry::NamedGroup& form, const Group& /*node*/, const Placement& placed, std::size_t at) {
        return std::visit([&](const auto& meaning) { return split(meaning, form.meaning, placed, at); },
                          form.meaning.form().value);
    }
    Group split(const symmetry::RelabelledGroup& form, const Group& /*node*/, const Placement& placed, std::size_t at) {
        const Placement inside = [&](const Group& part) {
            return placed(symmetry::relabelled_group(part, form.point_of));
        };
        const Group left = std::visit([&](const auto& group) { return split(group, form.group, inside, at); },
                                      form.group.form().value);
        return is_trivial(left) ? left : symmetry::relabelled_group(left, form.point_of);
    }
    template <typename Atom>
    Group split(const Atom& /*form*/, const Group& node, const Placement& /*placed*/, std::size_t at) {
        verdicts_[at].decision = SubgroupDecision::drop;
        return symmetry::trivial_group(node.degree());
    }

    double baseline_error_;
    double tolerate_;
    const std::function<double(const Group&)>& error_of_;
    std::vector<SubgroupVerdict> verdicts_;
};

} // namespace

std::string to_text(SubgroupDecision decision) {
    return decision == SubgroupDecision::keep ? "keep" : decision == SubgroupDecision::drop ? "drop" : "split";
}

ValidatedGroup validate_subgroups(const Group& group, double baseline_error, double tolerate,
                                  const std::function<double(const Group&)>& error_of) {
    Validation validation(baseline_error, tolerate, error_of);
    Group left = validation.validate(group, [](const Group& part) { return part; });
    return {std::move(left), validation.take()};
}

} // namespace limsym::satnet
