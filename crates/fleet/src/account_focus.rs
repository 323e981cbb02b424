//! The companies among which a person switches.
//!
//! A person can be a member of thousands: what is costly, the path and the SIMs, is only looked up
//! for the rows that are shown.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid};

use crate::characters::lower_case;
use crate::companies;
use crate::error::Result;
use crate::ids::{CompanyUid, UserId};
use crate::tenancy::{Role, rights_in_words};

/// A company that a person can put in focus.
#[derive(Debug, Clone, QueryableByName)]
pub struct Choice {
    /// Its public id.
    #[diesel(sql_type = Uuid)]
    pub uid: CompanyUid,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Array<BigInt>)]
    lineage: Vec<i64>,
    #[diesel(sql_type = Array<Text>)]
    above: Vec<String>,
    /// Its colour.
    #[diesel(sql_type = Text)]
    pub colour: String,
    #[diesel(sql_type = Nullable<crate::schema::sql_types::Role>)]
    role: Option<Role>,
    #[diesel(sql_type = Array<Text>)]
    profiles: Vec<String>,
    /// How many SIMs it has, in all states.
    #[diesel(sql_type = BigInt)]
    pub sims: i64,
    /// When the person last chose it.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub focused_at: Option<DateTime<Utc>>,
}

impl Choice {
    /// The names of the companies above it, from the root down, joined for reading.
    pub fn path(&self) -> String {
        self.above.join(" / ")
    }

    /// The person's role and profiles there, as people read them.
    pub fn rights(&self) -> String {
        rights_in_words(self.role, &self.profiles)
    }

    fn place_in_tree(&self) -> Vec<String> {
        self.above.iter().chain([&self.name]).map(|name| name.to_lowercase()).collect()
    }
}

/// How far each company lies below those of `tree` that are above it.
pub fn depths(tree: &[Choice]) -> Vec<usize> {
    let shown: HashSet<i64> = tree.iter().filter_map(|choice| choice.lineage.last().copied()).collect();
    tree.iter().map(|choice| choice.lineage.iter().filter(|id| shown.contains(id)).count() - 1).collect()
}

/// The companies in which `user` is a member, at most `limit`: of somebody who has signed in through the provider of the
/// company `vouched_by`, that one and those below it, as [`crate::tenancy::enter_vouched`] opens no others to them.
///
/// `search` is part of a name or external ID in any letter case: those that begin with it come
/// first. Without a search they come as the tree of companies; where there are more than `limit`,
/// as the tree of the oldest ones.
pub fn choices(
    conn: &mut PgConnection,
    user: UserId,
    vouched_by: Option<CompanyUid>,
    search: &str,
    limit: i64,
) -> Result<Vec<Choice>> {
    if !search.trim().is_empty() {
        let order = "lower(c.name) LIKE $2 || '%' DESC, lower(c.name), c.id";
        return load(conn, user, vouched_by, search, "TRUE", order, limit);
    }
    let mut tree = load(conn, user, vouched_by, "", "TRUE", "m.company_id", limit)?;
    tree.sort_by_cached_key(Choice::place_in_tree);
    Ok(tree)
}

/// Those of them that `user` chose last, the newest first, at most `limit`.
pub fn recent_choices(
    conn: &mut PgConnection,
    user: UserId,
    vouched_by: Option<CompanyUid>,
    limit: i64,
) -> Result<Vec<Choice>> {
    let order = "m.last_focused_at DESC, m.company_id";
    load(conn, user, vouched_by, "", "m.last_focused_at IS NOT NULL", order, limit)
}

fn load(
    conn: &mut PgConnection,
    user: UserId,
    vouched_by: Option<CompanyUid>,
    search: &str,
    condition: &'static str,
    order: &'static str,
    limit: i64,
) -> Result<Vec<Choice>> {
    let found = diesel::sql_query(format!(
        "SELECT c.uid, c.name, c.lineage, c.colour, m.role, m.last_focused_at AS focused_at, \
                ARRAY(SELECT p.name FROM membership_profiles h JOIN profiles p ON p.id = h.profile_id \
                      WHERE h.user_id = $1 AND h.company_id = m.company_id ORDER BY lower(p.name)) AS profiles, \
                ARRAY(SELECT a.name FROM companies a WHERE a.id = ANY(c.lineage) AND a.id <> c.id \
                      ORDER BY cardinality(a.lineage)) AS above, \
                coalesce((SELECT sum(s.sims)::bigint FROM sim_counts s WHERE s.company_id = c.id), 0) AS sims \
         FROM (SELECT m.company_id, m.role, m.last_focused_at \
               FROM memberships m JOIN companies c ON c.id = m.company_id \
               WHERE m.user_id = $1 AND {condition} \
                 AND ($4 IS NULL OR (SELECT v.id FROM companies v WHERE v.uid = $4) = ANY(c.lineage)) \
                 AND ($2 = '' OR lower(c.name) LIKE '%' || $2 || '%' OR lower(c.external_id) LIKE '%' || $2 || '%') \
               ORDER BY {order} LIMIT $3) m \
         JOIN companies c ON c.id = m.company_id ORDER BY {order}"
    ))
    .bind::<BigInt, _>(user)
    .bind::<Text, _>(companies::escape_like(&lower_case(search.trim())))
    .bind::<BigInt, _>(limit)
    .bind::<Nullable<Uuid>, _>(vouched_by)
    .load(conn)?;
    Ok(found)
}
