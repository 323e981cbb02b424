//! Edit: what a company writes on its SIMs. PostgreSQL alone decides, and a SIM may be in any state.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Uuid};
use serde_json::Value;

use super::{Kind, judge};
use crate::error::{Error, Result};
use crate::ids::{FieldId, LabelId};
use crate::operations::by_list::ByList;
use crate::operations::changes::{Edit, Named};
use crate::operations::step::{Running, Step};

/// Every SIM of the company can be edited, unless it would get a label and then have more than the 50 that it may
/// ([`OF_A_SIM`](crate::labels::OF_A_SIM)). Of one with more from before, labels can be taken off, and all else be changed.
/// What is left of a removed label for a while counts for nothing; a label that is made at launch has the id 0 until then.
pub(in crate::operations) const VERDICT: &str = "CASE WHEN sims.company_id <> act.company_id THEN 'not_found' \
    WHEN cardinality(act.added_labels) > 0 AND cardinality(sims.label_ids) + cardinality(act.added_labels) > 50 \
        AND NOT sims.label_ids @> act.added_labels \
        AND (SELECT count(DISTINCT label) FROM unnest(sims.label_ids || act.added_labels) AS had (label) \
             WHERE label <> ALL(act.removed_labels) \
                 AND (label = 0 OR EXISTS (SELECT FROM labels WHERE labels.id = label))) \
            > greatest(50, (SELECT count(*) FROM labels WHERE labels.id = ANY(sims.label_ids))) \
        THEN 'too_many_labels' END";

/// The labels and fields of the operation that are still there. They are held: nobody removes them before the
/// step is done.
#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Array<BigInt>)]
    labels: Vec<LabelId>,
    #[diesel(sql_type = Array<BigInt>)]
    fields: Vec<FieldId>,
}

/// Edits the SIMs of a step, in the transaction that has claimed it; says which tasks have failed.
pub(in crate::operations) fn run(
    conn: &mut PgConnection,
    operation: &Running,
    step: &Step,
    kind: &Kind,
) -> Result<Vec<i32>> {
    let edit = operation.changes.as_ref();
    let edit = edit.ok_or_else(|| Error::Internal(format!("operation {} edits nothing", operation.id)))?;
    let failed = judge::fail_unable(conn, operation, step, kind)?;
    match &edit.by_list {
        Some(list) => edit_by_list(conn, operation, step, list)?,
        None => edit_pending(conn, operation, step, edit)?,
    }
    super::end_pending(conn, operation, step, None, failed.len())?;
    Ok(failed)
}

/// Edits the SIMs of the pending tasks of a step, all of them.
fn edit_pending(conn: &mut PgConnection, operation: &Running, step: &Step, edit: &Edit) -> Result<()> {
    const SQL: &str = "UPDATE sims SET changed_at = now(), \
             name = CASE WHEN $4 IS NULL THEN sims.name ELSE nullif(btrim( \
                 replace(replace(replace(replace($4, '{n}', coalesce((SELECT first.position FROM tasks first \
                         WHERE first.sim_id = sims.id AND first.operation_id = $5), tasks.position)::text), \
                     '{iccid}', sims.iccid), '{imsi}', sims.imsi), '{msisdn}', coalesce(sims.msisdn, ''))), '') END, \
             note = CASE WHEN $6 IS NULL THEN sims.note ELSE nullif($6, '') END, \
             label_ids = CASE WHEN cardinality($7 || $8) = 0 THEN sims.label_ids \
                 ELSE ARRAY(SELECT DISTINCT label FROM unnest(sims.label_ids || $7) AS had (label) \
                            WHERE label <> ALL($8) ORDER BY label) END, \
             fields = (sims.fields - $9) || $10 \
         FROM tasks WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 \
         AND tasks.state = 'pending' AND sims.id = tasks.sim_id";
    let labels: Vec<_> = edit.add_labels.iter().chain(&edit.remove_labels).map(|label| label.id).collect();
    let fields: Vec<_> = edit.fields.iter().map(|(field, _)| field.id).collect();
    let there = there(conn, operation, &labels, &fields)?;
    let still = |labels: &[Named<LabelId>]| -> Vec<LabelId> {
        labels.iter().map(|label| label.id).filter(|id| there.labels.contains(id)).collect()
    };
    let (set, cleared): (Vec<_>, Vec<_>) = edit
        .fields
        .iter()
        .filter(|(field, _)| there.fields.contains(&field.id))
        .partition(|(_, value)| !value.is_empty());
    let set =
        set.into_iter().map(|(field, value)| (field.id.to_string(), Value::from(value.as_str()))).collect();
    let cleared: Vec<_> = cleared.into_iter().map(|(field, _)| field.id.to_string()).collect();
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Nullable<Text>, _>(&edit.name)
        .bind::<Nullable<BigInt>, _>(edit.numbers_of)
        .bind::<Nullable<Text>, _>(&edit.note)
        .bind::<Array<BigInt>, _>(still(&edit.add_labels))
        .bind::<Array<BigInt>, _>(still(&edit.remove_labels))
        .bind::<Array<Text>, _>(cleared)
        .bind::<Jsonb, _>(Value::Object(set))
        .execute(conn)?;
    Ok(())
}

/// Edits the SIMs of the pending tasks of a step, each as a list has it. The list has one row for a SIM, found by the key in
/// whose order it is kept, which is that of the tasks too.
fn edit_by_list(conn: &mut PgConnection, operation: &Running, step: &Step, by: &ByList) -> Result<()> {
    const SQL: &str = "UPDATE sims SET changed_at = now(), \
             name = CASE WHEN told.details ->> 'name' <> '' THEN told.details ->> 'name' \
                 WHEN told.details ->> 'name' = '' AND $6 THEN NULL ELSE sims.name END, \
             note = CASE WHEN told.details ->> 'note' <> '' THEN told.details ->> 'note' \
                 WHEN told.details ->> 'note' = '' AND $6 THEN NULL ELSE sims.note END, \
             fields = (sims.fields - ARRAY(SELECT key FROM jsonb_each_text(told.details) WHERE $6 AND value = '')) \
                 || coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(told.details) \
                     WHERE value <> '' AND key = ANY($5)), '{}') \
         FROM tasks, sim_list_members told WHERE tasks.operation_id = $1 AND tasks.position BETWEEN $2 AND $3 \
         AND tasks.state = 'pending' AND sims.id = tasks.sim_id \
         AND told.list = $4 AND told.iccid = sims.iccid AND told.sim_id = sims.id AND told.details IS NOT NULL";
    let fields: Vec<_> = there(conn, operation, &[], by.fields())?.fields;
    let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
    diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.id)
        .bind::<Integer, _>(step.first_position)
        .bind::<Integer, _>(step.last_position)
        .bind::<Uuid, _>(by.list())
        .bind::<Array<Text>, _>(fields)
        .bind::<Bool, _>(by.clears())
        .execute(conn)?;
    Ok(())
}

fn there(
    conn: &mut PgConnection,
    operation: &Running,
    labels: &[LabelId],
    fields: &[FieldId],
) -> Result<There> {
    const SQL: &str = "WITH label AS (SELECT id FROM labels WHERE company_id = $1 AND id = ANY($2) FOR KEY SHARE), \
             field AS (SELECT id FROM custom_fields WHERE company_id = $1 AND id = ANY($3) FOR KEY SHARE) \
         SELECT ARRAY(SELECT id FROM label) AS labels, ARRAY(SELECT id FROM field) AS fields";
    Ok(diesel::sql_query(SQL)
        .bind::<BigInt, _>(operation.company_id)
        .bind::<Array<BigInt>, _>(labels)
        .bind::<Array<BigInt>, _>(fields)
        .get_result(conn)?)
}

#[cfg(test)]
mod tests {
    use super::VERDICT;
    use crate::labels;

    #[test]
    fn a_sim_gets_as_many_labels_as_it_may_have() {
        let limit = labels::OF_A_SIM;
        assert!(
            VERDICT.contains(&format!("> {limit} AND")) && VERDICT.contains(&format!("greatest({limit},"))
        );
    }
}
